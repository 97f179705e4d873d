#if canImport(SwiftUI) && os(iOS)
    import Nansen
    import ShellModels
    import SwiftUI

    /// Ask, show the request, scan the answer, read the report.
    struct VerifierView: View {
        let model: VerifierModel
        @State private var isScanning = false
        @State private var isChoosingAFile = false

        var body: some View {
            NavigationStack {
                List {
                    FailureText(failure: model.failure)
                    if let notice = model.notice { Text(notice) }
                    if let warning = model.clockWarning {
                        Label(warning, systemImage: "clock.badge.exclamationmark")
                            .foregroundStyle(.orange)
                    }
                    if let request = model.request {
                        CodeView(message: request)
                        Button("Scan the answer", systemImage: "qrcode.viewfinder") {
                            isScanning = true
                        }
                    } else {
                        Button("Ask for a trade", systemImage: "questionmark.bubble", action: ask)
                        Button("Check a printed copy", systemImage: "qrcode.viewfinder") {
                            isScanning = true
                        }
                    }
                    ForEach(Array(model.reports.enumerated()), id: \.offset) { _, report in
                        ReportSection(report: report)
                    }
                    if !model.reports.isEmpty && !model.isComplete {
                        Text("This is not all that was asked for.")
                    }
                    if let counts = model.counts {
                        CountsSection(counts: counts) { Task { await model.endSession() } }
                    }
                    KnownSection(known: model.known)
                }
                .task { await model.look() }
                .navigationTitle("Verify")
                .toolbar {
                    Menu("Lists", systemImage: "list.bullet.rectangle") {
                        Button("Scan a pack or list") { isScanning = true }
                        Button("Take a pack or list from a file") { isChoosingAFile = true }
                    }
                }
                .sheet(isPresented: $isScanning) {
                    CollectView(title: "Scan what the other phone shows") { message in
                        isScanning = false
                        Task { await model.take(message) }
                    }
                }
                .choosesFile(isPresented: $isChoosingAFile) { file in
                    Task { await model.take(file: file) }
                }
            }
        }

        private func ask() {
            Task {
                await model.ask(
                    type: "urn:nansen:skills:1", claims: ["qualification"],
                    purpose: "Site induction")
            }
        }
    }

    /// What was checked since the session began, and its end.
    private struct CountsSection: View {
        let counts: Tally
        let end: () -> Void

        var body: some View {
            Section("This session") {
                LabeledContent("Valid", value: counts.valid.formatted())
                LabeledContent("Not valid", value: counts.invalid.formatted())
                LabeledContent("Cannot be told", value: counts.undetermined.formatted())
                Button("End the session and forget everybody", role: .destructive, action: end)
            }
        }
    }

    /// What this phone goes by, and how old that is.
    private struct KnownSection: View {
        let known: [KnownList]

        var body: some View {
            Section("What this phone goes by") {
                ForEach(known) { list in
                    LabeledContent(list.name, value: list.age)
                        .foregroundStyle(list.isOverdue ? .orange : .primary)
                }
            }
        }
    }

    /// One report: the verdict, why, what may be relied on, and every check.
    private struct ReportSection: View {
        let report: Report

        var body: some View {
            Section {
                Label(verdict.text, systemImage: verdict.symbol)
                    .font(.title3).foregroundStyle(verdict.color)
                if !report.reason.isEmpty { Text(report.reason) }
                if let issuer = report.issuer {
                    LabeledContent("Issuer", value: "\(issuer.name) (\(issuer.country))")
                }
                claims
                DisclosureGroup("Checks") {
                    ForEach(report.checks, id: \.check) { check in
                        LabeledContent(
                            String(describing: check.check),
                            value: check.sentence.isEmpty ? "passed" : check.sentence)
                    }
                }
            }
        }

        @ViewBuilder
        private var claims: some View {
            switch report.shown {
            case .verified(let presented):
                rows(presented)
            case .unverified(let presented):
                // What nobody may rely on looks like it.
                DisclosureGroup("Not verified") { rows(presented).foregroundStyle(.secondary) }
            case .nothing:
                EmptyView()
            }
        }

        private func rows(_ presented: Presented) -> some View {
            ForEach(presented.claims, id: \.path) { claim in
                LabeledContent(claim.path, value: claim.value.text)
            }
        }

        private var verdict: (text: LocalizedStringKey, symbol: String, color: Color) {
            switch report.verdict {
            case .valid: return ("Valid", "checkmark.seal.fill", .green)
            case .invalid: return ("Not valid", "xmark.seal.fill", .red)
            case .undetermined: return ("Cannot be told", "questionmark.circle.fill", .orange)
            }
        }
    }
#endif
