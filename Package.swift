// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "waybill",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "waybill", targets: ["waybill"]),
        .library(name: "OrderManagement", targets: ["OrderManagement"]),
    ],
    dependencies: [
        // Exact versions: an upgrade is a change of its own, with its own test run.
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        // Without "ConfigurationSupport": the server reads its own configuration; the build is shorter.
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: ["FullFoundation"]),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", exact: "0.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // System libraries: found by pkg-config, installed from Debian by scripts/install.
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibZ", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CPangoCairo", pkgConfig: "pangocairo", providers: [.apt(["libpango1.0-dev", "libcairo2-dev"])]),
        // Debian's zint has no file for pkg-config; its header and library are where every compiler looks.
        .systemLibrary(name: "CZint", providers: [.apt(["libzint-dev"])]),

        // The business: every rule, every SQL text, every seam. No packages.
        .target(name: "OrderManagement", swiftSettings: strict),

        // What the business needs from outside; siblings never import each other.
        .target(
            name: "Databases",
            dependencies: [
                "OrderManagement", "CLibPQ",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            exclude: ["Migrations"],
            swiftSettings: strict),
        .target(name: "Connectors", dependencies: ["OrderManagement", "CLibCurl"], swiftSettings: strict),
        .target(
            name: "Server",
            dependencies: [
                "OrderManagement", "CLibCrypto",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Templates", "Public"],
            swiftSettings: strict),
        // Labels, slips and lists, drawn from values: no database, no HTTP.
        .target(
            name: "Documents", dependencies: ["OrderManagement", "CPangoCairo", "CZint"], swiftSettings: strict),
        .target(name: "Simulation", dependencies: ["OrderManagement"], swiftSettings: strict),

        // The only place that knows every concrete type.
        .executableTarget(
            name: "waybill",
            dependencies: [
                "OrderManagement", "Databases", "Connectors", "Documents", "Server", "Simulation", "CLibZ",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "SwiftCSV", package: "SwiftCSV"),
                .product(name: "Yams", package: "Yams"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Demonstration"],
            swiftSettings: strict),

        // How fast, beside the limit of the stack: `swift run -c release Benchmarks`.
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "OrderManagement", "Databases", "Documents", "Server", "CLibPQ", "CPangoCairo",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks",
            swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["OrderManagement", "Databases", "CLibPQ"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .testTarget(
            name: "OrderManagementTests", dependencies: ["OrderManagement", "Connectors", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "DatabasesTests", dependencies: ["Databases", "OrderManagement", "TestSupport", "CLibPQ"],
            swiftSettings: strict),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Server", "OrderManagement", "Connectors", "TestSupport",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(name: "DocumentsTests", dependencies: ["Documents", "OrderManagement"], swiftSettings: strict),
        .testTarget(
            name: "SimulationTests", dependencies: ["Simulation", "OrderManagement", "Databases", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "WaybillTests",
            dependencies: [
                "waybill", "OrderManagement", "Databases", "Connectors", "Server", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(name: "TidyTests", dependencies: ["OrderManagement"], swiftSettings: strict),
    ]
)
