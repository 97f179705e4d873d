#if canImport(SwiftUI) && os(iOS)
    import Nansen
    import ShellModels
    import SwiftUI

    /// Scan a request, agree, show the answer: one sheet from the first to the last.
    struct ShowSheet: View {
        @State var model: ConsentModel
        @Environment(\.dismiss) private var dismiss

        var body: some View {
            NavigationStack {
                Group {
                    if let answer = model.answer {
                        CodeView(message: answer)
                    } else if let consent = model.consent {
                        ConsentForm(model: model, consent: consent)
                    } else {
                        CollectView(title: "Scan the request") { message in
                            Task { await model.read(message) }
                        }
                        .overlay(alignment: .bottom) { FailureText(failure: model.failure) }
                    }
                }
                .toolbar {
                    ToolbarItem(placement: .cancellationAction) {
                        Button(model.answer == nil ? "Cancel" : "Done") { dismiss() }
                    }
                }
            }
            .interactiveDismissDisabled(model.isBusy)
        }
    }

    /// Who asks, why, and exactly what would be shown. Nothing is ticked beforehand.
    private struct ConsentForm: View {
        let model: ConsentModel
        let consent: Consent

        var body: some View {
            Form {
                Section {
                    Text(consent.name).font(.title2)
                    Label(
                        consent.verifier.sentence,
                        systemImage: consent.verifier.isSuspect
                            ? "person.fill.questionmark" : "person.fill.checkmark"
                    )
                    .foregroundStyle(consent.verifier.isSuspect ? .orange : .secondary)
                    LabeledContent("Purpose", value: consent.purpose)
                    if let warning = model.clockWarning {
                        Label(warning, systemImage: "clock.badge.exclamationmark")
                    }
                }
                ForEach(model.options) { option in
                    Section(option.candidate.credential.title) {
                        ForEach(option.candidate.claims, id: \.path) { claim in
                            ClaimToggle(model: model, option: option, claim: claim)
                        }
                        Button("Show nothing of this", role: .destructive) {
                            model.leaveOut(option)
                        }
                    }
                }
                if model.options.isEmpty {
                    Text("Your wallet has nothing that answers this request.")
                } else if !consent.isSatisfiable {
                    Text("Your wallet has only part of what is asked for.")
                }
                FailureText(failure: model.failure)
                Section {
                    Button("Show what is ticked") { Task { await model.agree() } }
                        .disabled(!model.canAgree)
                }
            }
            .navigationTitle("Request")
        }
    }

    private struct ClaimToggle: View {
        let model: ConsentModel
        let option: ConsentModel.Option
        let claim: ClaimOption

        var body: some View {
            Toggle(isOn: isOn) {
                Text(claim.path)
                Text(claim.values.map(\.value.text).joined(separator: ", "))
                if model.isBeyondRole(claim.path, of: option) {
                    Text("Goes beyond the role of who asks").font(.footnote)
                        .foregroundStyle(.orange)
                }
                if claim.isRequired {
                    Text("The request cannot be answered without it").font(.footnote)
                }
            }
        }

        private var isOn: Binding<Bool> {
            Binding {
                model.isTicked(claim.path, of: option)
            } set: { _ in
                model.toggle(claim.path, of: option)
            }
        }
    }
#endif
