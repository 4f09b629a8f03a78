import Documents
import Foundation
import OrderManagement
import Testing

@Suite("Address layout")
struct AddressLayoutTests {
    /// name | lines | city | region | postcode | country | as written, from GB
    @Test("Addresses are written as their country's post wants them", arguments: [
        ("A. Person|1 High Street|Leeds||LS1 4AP|GB", "A. Person|1 High Street|LEEDS|LS1 4AP"),
        ("A. Person|1 High Street|leeds||ls1 4ap|GB", "A. Person|1 High Street|LEEDS|LS1 4AP"),
        ("A. Person|Große Str. 1|Köln||50667|DE", "A. Person|Große Str. 1|50667 Köln|GERMANY"),
        ("A. Person|12 Main St;Apt 4|Portland|ME|04101|US", "A. Person|12 Main St|Apt 4|PORTLAND ME 04101|UNITED STATES"),
        ("A. Person|1 rue de la Paix|Paris||75002|FR", "A. Person|1 rue de la Paix|75002 PARIS|FRANCE"),
        ("A. Person|Via Roma 1|Torino|TO|10121|IT", "A. Person|Via Roma 1|10121 TORINO TO|ITALY"),
        ("A. Person|Rua Augusta 10|São Paulo|SP|01305-000|BR", "A. Person|Rua Augusta 10|SÃO PAULO-SP|01305-000|BRAZIL"),
        ("A. Person|Fő utca 1|Budapest||1011|HU", "A. PERSON|BUDAPEST|FŐ UTCA 1|1011|HUNGARY"),
        ("A. Person|Storgatan 1|Stockholm||111 22|SE", "A. Person|Storgatan 1|SE-111 22 Stockholm|SWEDEN"),
        ("A. Person|Storgatan 1|Stockholm||SE-111 22|SE", "A. Person|Storgatan 1|SE-111 22 Stockholm|SWEDEN"),
        ("A. Person|10 Anson Road|Singapore||079903|SG", "A. Person|10 Anson Road|SINGAPORE 079903|REP. OF SINGAPORE"),
        ("A. Person|1 Queen's Road|Hong Kong|||HK", "A. Person|1 Queen's Road|HONG KONG|HONG KONG"),
        ("A. Person|Av. Meritxell 1|Andorra la Vella||AD500|AD", "A. Person|Av. Meritxell 1|AD500 ANDORRA LA VELLA|ANDORRA"),
        ("A. Person|1-1 Marunouchi|Chiyoda-ku|Tokyo|100-0005|JP", "A. Person|1-1 Marunouchi|Chiyoda-ku, TOKYO|100-0005|JAPAN"),
        ("山田太郎|丸の内1-1|千代田区|東京都|100-0005|JP", "〒100-0005|東京都千代田区|丸の内1-1|山田太郎|JAPAN"),
        ("王小明|建国路88号|北京市|北京市|100022|CN", "100022|北京市|建国路88号|王小明|CHINA"),
        ("王小明|南京东路100号|上海市|上海|200001|CN", "200001|上海市|南京东路100号|王小明|CHINA"),
        ("王小明|人民路1号|吉林市|吉林|132000|CN", "132000|吉林吉林市|人民路1号|王小明|CHINA"),
        ("A. Person|Street 4|Dubai||47602|AE", "A. Person|Street 4|Dubai 47602|UNITED ARAB EMIRATES"),
        ("A. Person|1 Road|Kabul||1001|AF", "A. Person|1 Road|Kabul 1001|AFGHANISTAN"),
        ("A. Person|1 Quay|Dublin|Co. Dublin|D02 TD99|IE", "A. Person|1 Quay|Dublin|Co. Dublin|D02 TD99|IRELAND"),
        ("A. Person|1 Road|Fort Garland||81133|US", "A. Person|1 Road|FORT GARLAND 81133|UNITED STATES"),
        ("A. Person|Villa 3|Al Ain|Abu Dhabi||AE", "A. Person|Villa 3|Al Ain|Abu Dhabi|UNITED ARAB EMIRATES"),
        ("A. Person|Villa 3|Dubai|DUBAI||AE", "A. Person|Villa 3|Dubai|UNITED ARAB EMIRATES"),
        ("A. Person|Sok. 1|Merkez|Kırşehir|40100|TR", "A. Person|Sok. 1|40100 Merkez|Kırşehir|TURKEY"),
        ("A. Person|1 Road|Richmond|Tasman|7020|NZ", "A. Person|1 Road|Richmond 7020|Tasman|NEW ZEALAND"),
        ("A. Person|1 Road|Newcastle|KwaZulu-Natal|2940|ZA", "A. Person|1 Road|Newcastle|KwaZulu-Natal|2940|SOUTH AFRICA"),
        ("A. Person|Weg 1|Zürich|ZURICH||CH", "A. Person|Weg 1|Zürich|SWITZERLAND"),
        ("A. Person|Weg 1|Bern|BE|3011|CH", "A. Person|Weg 1|CH-3011 Bern|SWITZERLAND"),
        ("A. Person|Weg 1|Neustadt|Hessen||DE", "A. Person|Weg 1|Neustadt|Hessen|GERMANY"),
        ("A. Person|Weg 1|Neustadt|Hessen|35279|DE", "A. Person|Weg 1|35279 Neustadt|GERMANY"),
        ("A. Person|1 High Street|Leeds|West Yorkshire|LS1 4AP|GB", "A. Person|1 High Street|LEEDS|LS1 4AP"),
        ("A. Person|1 High Street|Leeds|West Yorkshire||GB", "A. Person|1 High Street|LEEDS|West Yorkshire"),
        ("A. Person|Manas 1|Osh|Osh Region|723500|KG", "Osh Region|723500 Osh|Manas 1|A. Person|KYRGYZSTAN"),
        ("A. Person|10 Anson Road|Singapore|Singapore|079903|SG", "A. Person|10 Anson Road|SINGAPORE 079903|REP. OF SINGAPORE"),
        ("A. Person|1 Road|Nowhere||1|ZZ", "A. Person|1 Road|Nowhere 1|ZZ"),
    ])
    func layouts(input: String, wanted: String) {
        let parts = input.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        let address = Address(
            name: parts[0], lines: parts[1].split(separator: ";").map(String.init), city: parts[2],
            region: parts[3].isEmpty ? nil : parts[3], postcode: parts[4], country: parts[5])
        #expect(AddressLayout.lines(address, from: "GB").map(\.text).joined(separator: "|") == wanted)
    }

    @Test("The country is written only where the parcel crosses a border")
    func domestic() {
        #expect(AddressLayout.lines(Sample.german, from: "DE").last?.text == "22767 Hamburg")
        #expect(AddressLayout.lines(Sample.german).last?.text == "22767 Hamburg")
        #expect(AddressLayout.lines(Sample.german, from: "GB").last?.text == "GERMANY")
    }

    /// As docs/documents.md lists them: their posts deliver by postcode and town.
    private static let withoutRegion = Set(
        "AT BE CH CZ DE DK EE FI FR GB GR HR HU IS LI LT LU LV NL NO PL PT SE SI SK".split(separator: " ")
            .map(String.init))

    @Test("No part is left out in any country, but a region beside a postcode where the post asks for none")
    func nothingLost() {
        for country in Country.codes.sorted() {
            let address = Address(
                name: "Name Q", lines: ["Street Q", "Floor Q"], city: "City Q", region: "Region Q", postcode: "91Q27",
                country: country)
            let text = AddressLayout.lines(address, from: "QQ").map(\.text).joined(separator: "\n").uppercased()
            for part in ["NAME Q", "STREET Q", "FLOOR Q", "CITY Q", "91Q27"] {
                #expect(text.contains(part), "\(country): \(part) in \(text)")
            }
            #expect(text.contains("REGION Q") != Self.withoutRegion.contains(country), "\(country): \(text)")
            var bare = address
            bare.postcode = ""
            #expect(
                AddressLayout.lines(bare, from: "QQ").contains { $0.text.uppercased().contains("REGION Q") },
                "\(country)")
            #expect(AddressLayout.lines(address, from: "QQ").allSatisfy { !$0.text.isEmpty && !$0.text.contains("%") })
        }
    }

    @Test("Every country of the program has a name")
    func names() {
        for country in Country.codes {
            let address = Address(name: "N", lines: [], city: "C", postcode: "", country: country)
            #expect(AddressLayout.lines(address, from: "QQ").last?.text.count ?? 0 > 2, "\(country)")
        }
    }

    // MARK: OpenCage's cases, when they lie beside the checkout

    private static let cases = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("shared/data/addresses/opencage_address_cases.csv.gz")

    /// Reads the cases with Python; country, city, postcode, then the lines that are wanted.
    private static let program = """
        import csv, gzip, json, sys
        for row in csv.DictReader(gzip.open(sys.argv[1], "rt", encoding="utf-8")):
            parts = json.loads(row["components_json"])
            city = parts.get("city") or parts.get("town") or parts.get("village")
            code, wanted = parts.get("postcode"), row["expected"].strip()
            if city and code and city in wanted and code in wanted and "|" not in wanted:
                print(row["country_code"], city, code, wanted.replace("\\n", "|"), sep="|")
        """

    /// Where Google's data and OpenCage's say otherwise about city and postcode, or a case lacks one of them.
    private static let known: Set<String> = [
        "AI", "AL", "AS", "BG", "BN", "CN", "CO", "CR", "DO", "HN", "HU", "ID", "IL", "JO", "KY", "KZ", "LK", "MN",
        "MU", "PH", "SV", "TN", "US", "UZ", "VA", "VG", "VN", "XK", "XX",
    ]

    @Test("City and postcode stand to each other as in OpenCage's cases, but for differences that are known",
        .enabled(if: FileManager.default.fileExists(atPath: cases.path), "the cases are not beside the checkout"))
    func openCage() throws {
        let rows = try Tool.run("/usr/bin/env", ["python3", "-c", Self.program, Self.cases.path]).split(separator: "\n")
            .map { $0.split(separator: "|").map(String.init) }
        #expect(rows.count > 150)
        var differing: Set<String> = []
        var same = 0
        for row in rows {
            let address = Address(
                name: "N", lines: ["S"], city: row[1], postcode: row[2], country: row[0])
            let ours = Self.relation(AddressLayout.lines(address).map(\.text), row[1], row[2])
            if ours == Self.relation(Array(row[3...]), row[1], row[2]) {
                same += 1
            } else {
                differing.insert(row[0])
            }
        }
        #expect(differing == Self.known, "\(same) of \(rows.count) alike")
    }

    private enum Relation { case codeBefore, codeBehind, codeAbove, codeBelow, unknown }

    private static func relation(_ lines: [String], _ city: String, _ code: String) -> Relation {
        let lines = lines.map(plain)
        let (city, code) = (plain(city), plain(code))
        guard let codeLine = lines.lastIndex(where: { $0.contains(code) }),
            let cityLine = lines.lastIndex(where: { $0.contains(city) })
        else { return .unknown }
        guard codeLine == cityLine else { return codeLine < cityLine ? .codeAbove : .codeBelow }
        let line = lines[codeLine]
        guard let codePlace = line.range(of: code)?.lowerBound, let cityPlace = line.range(of: city)?.lowerBound else {
            return .unknown
        }
        return codePlace < cityPlace ? .codeBefore : .codeBehind
    }

    /// Capitals and signs are a matter of taste; the order of the parts is not.
    private static func plain(_ text: String) -> String {
        text.uppercased().filter { $0.isLetter || $0.isNumber }
    }
}
