// swift-tools-version:5.9
import PackageDescription

let package = Package(
    name: "swift-journey",
    platforms: [.macOS(.v12)],
    dependencies: [.package(name: "Nansen", path: "../../bindings/swift")],
    targets: [
        .executableTarget(
            name: "SwiftJourney", dependencies: [.product(name: "Nansen", package: "Nansen")])
    ],
    swiftLanguageVersions: [.v5]
)
