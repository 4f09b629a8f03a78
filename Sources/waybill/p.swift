import ArgumentParser
import SwiftCSV
import Server
import Databases
@main struct Waybill: AsyncParsableCommand { mutating func run() async throws {} }
