// The `clamav_hashes` output: a database of file hashes for ClamAV (ClamAV documentation, "File hash signatures"), one signature a line:
// `HASH:SIZE:NAME:MINIMUM_FUNCTIONALITY_LEVEL`. Nothing in it is free text: a signature is named after its type and hash.
namespace Cti.Core

open System

/// Which database; ClamAV tells them apart by the file's extension.
[<Struct; RequireQualifiedAccess>]
type ClamAvKind =
    /// `.hsb`: SHA-1 and SHA-256.
    | Hsb
    /// `.hdb`: MD5.
    | Hdb

[<RequireQualifiedAccess>]
module ClamAvKind =
    let all = [| ClamAvKind.Hsb; ClamAvKind.Hdb |]

    /// The name used in YAML, which is the extension too.
    let name (kind: ClamAvKind) =
        match kind with
        | ClamAvKind.Hsb -> "hsb"
        | ClamAvKind.Hdb -> "hdb"

/// The database. A hash is written once, whatever the number of its indicators.
[<Sealed; AllowNullLiteral(false)>]
type ClamAvHashesRenderer(kind: ClamAvKind) =
    // ClamAV refuses a database without a line, and an empty set is one that must load.
    static let header = "# Cti.Pipelines\n"B
    // The size is not known; such signatures must ask for a functionality level of 73 or more.
    static let anySize = ":*:Cti."B
    static let level = ":73\n"B
    static let md5 = "md5-"B
    static let sha1 = "sha1-"B
    static let sha256 = "sha256-"B
    let losses = LossList()
    // In canonical order equal hashes stand side by side.
    let last = Utf8Writer 64

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        match kind, observable with
        | ClamAvKind.Hsb, (ObservableType.Sha1 | ObservableType.Sha256)
        | ClamAvKind.Hdb, ObservableType.Md5 -> HashText.check observable value
        | _ -> ValueSome RenderReason.TypeNotHeld

    let word (observable: ObservableType) =
        match observable with
        | ObservableType.Md5 -> md5
        | ObservableType.Sha1 -> sha1
        | _ -> sha256

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses
        member _.Holds _ = false
        member _.Header(_, writer) = writer.Bytes(ReadOnlySpan<byte> header)

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let value = batch.Value[row]

                if (check batch.Type[row] value).IsNone && not (last.Written.SequenceEqual value) then
                    last.Clear()
                    last.Bytes value
                    writer.Bytes value
                    writer.Bytes(ReadOnlySpan<byte> anySize)
                    writer.Bytes(ReadOnlySpan<byte>(word batch.Type[row]))
                    writer.Bytes value
                    writer.Bytes(ReadOnlySpan<byte> level)

        member _.Footer(_, _) = ()
