#if canImport(SwiftUI) && os(iOS)
    import SwiftUI

    extension View {
        /// Lets the person choose a file, and gives what is in it: no bytes, which no model takes,
        /// for one that cannot be read or is longer than any pack.
        func choosesFile(
            isPresented: Binding<Bool>, chosen: @escaping @MainActor (Data) -> Void
        ) -> some View {
            fileImporter(isPresented: isPresented, allowedContentTypes: [.data]) { result in
                guard let url = try? result.get() else { return }
                // What other apps offer is closed to this one without asking for it.
                let isScoped = url.startAccessingSecurityScopedResource()
                defer { if isScoped { url.stopAccessingSecurityScopedResource() } }
                let file = try? FileHandle(forReadingFrom: url)
                let bytes = try? file?.read(upToCount: longestFile + 1)
                chosen(bytes.flatMap { $0.count <= longestFile ? $0 : nil } ?? Data())
            }
        }
    }

    /// 32 MiB: the largest pack.
    private let longestFile = 32 << 20
#endif
