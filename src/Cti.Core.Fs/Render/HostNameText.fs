// Names of hosts as resolvers, proxies and lists of names read them: letters, digits, hyphens and underscores between dots (RFC 1123 §2.1, RFC 8552 for
// the underscore) and nothing else, so that nothing has to be escaped.
namespace Cti.Core

open System
open System.Buffers

/// Judges names, and knows which was written last. One for each output; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type internal HostNameText() =
    let last = Utf8Writer 256

    static let longestName = 253
    static let longestLabel = 63

    static let plain =
        SearchValues.Create(ReadOnlySpan<byte> "abcdefghijklmnopqrstuvwxyz0123456789.-_"B)

    static let breaking =
        SearchValues.Create(ReadOnlySpan<byte>(Array.append [| for byte in 0uy .. 32uy -> byte |] [| 127uy |]))

    static let badLabel (name: ReadOnlySpan<byte>) : RenderReason voption =
        let mutable result = ValueNone
        let mutable rest = name
        let mutable more = true

        while more do
            let dot = rest.IndexOf '.'B
            let label = if dot < 0 then rest else rest.Slice(0, dot)

            if label.IsEmpty then
                result <- ValueSome RenderReason.NotCanonical
            elif label.Length > longestLabel then
                result <- ValueSome RenderReason.TooLong
            elif dot < 0 && not (label.ContainsAnyExceptInRange('0'B, '9'B)) then
                // It would be read as an address.
                result <- ValueSome RenderReason.NotCanonical

            more <- result.IsNone && dot >= 0

            if more then
                rest <- rest.Slice(dot + 1)

        result

    /// Why a domain is no entry.
    static member Check(name: ReadOnlySpan<byte>) : RenderReason voption =
        if name.Length > longestName then
            ValueSome RenderReason.TooLong
        elif name.ContainsAnyExcept plain then
            if name.ContainsAny breaking then
                ValueSome RenderReason.UnsafeText
            elif name.Contains '*'B then
                ValueSome RenderReason.ReservedWord
            else
                ValueSome RenderReason.NotCanonical
        elif not (name.Contains '.'B) then
            ValueSome RenderReason.NotCanonical
        else
            badLabel name

    /// Notes a name as written; false when it was written already. In canonical order equal ones stand side by side.
    member _.IsNew(name: ReadOnlySpan<byte>) : bool =
        if last.Written.SequenceEqual name then
            false
        else
            last.Clear()
            last.Bytes name
            true
