#if canImport(SwiftUI) && os(iOS)
    import Nansen
    import ShellModels
    import SwiftUI

    /// The whole app: two tabs over the people's wallets and one verifier, covered while the system
    /// takes its picture for the app switcher.
    public struct RootView: View {
        private let people: PeopleModel
        private let verifier: VerifierModel
        @Environment(\.scenePhase) private var scenePhase

        public init(people: PeopleModel, verifier: VerifierModel) {
            self.people = people
            self.verifier = verifier
        }

        public var body: some View {
            TabView {
                PeopleView(people: people)
                    .tabItem { Label("Wallet", systemImage: "wallet.pass") }
                VerifierView(model: verifier)
                    .tabItem { Label("Verify", systemImage: "checkmark.seal") }
            }
            .overlay {
                if scenePhase != .active { PrivacyCover() }
            }
            .onChange(of: scenePhase) { _, phase in
                // `.inactive` comes for every notification that is pulled down, and while the
                // system itself asks for face or finger.
                if phase == .background { people.current?.lock() }
            }
            // Beside whatever else a touch does.
            .simultaneousGesture(
                DragGesture(minimumDistance: 0).onEnded { _ in note(.used) }
            )
            .task {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .seconds(5))
                    note(.tick)
                }
            }
        }

        private func note(_ activity: Activity) {
            Task { await people.current?.note(activity) }
        }
    }

    /// What the app switcher shows instead of somebody's credentials.
    struct PrivacyCover: View {
        var body: some View {
            ZStack {
                Rectangle().fill(.background)
                Image(systemName: "lock.fill").font(.largeTitle).foregroundStyle(.secondary)
            }
            .ignoresSafeArea()
            .accessibilityHidden(true)
        }
    }

    /// What went wrong, in the words of the model.
    struct FailureText: View {
        let failure: String?

        var body: some View {
            if let failure {
                Label(failure, systemImage: "exclamationmark.triangle")
                    .foregroundStyle(.red)
            }
        }
    }
#endif
