// What lists for firewalls are made of, besides names and addresses: URLs without what a firewall does not see, and the cells of Check Point's CSV. The one
// place that escapes for such lists.
namespace Cti.Core

open System
open System.Buffers

/// What of a URL stands in a list: `Length` bytes from `Start` on; or why none does.
[<Struct>]
type internal EdlUrl =
    {
        Reason: RenderReason voption
        /// Behind `://`.
        Start: int
        /// Up to a fragment, which no client sends.
        Length: int
    }

[<RequireQualifiedAccess>]
module internal EdlText =
    let private http = "http://"B
    let private https = "https://"B

    let private outside =
        SearchValues.Create(ReadOnlySpan<byte>(Array.append [| for byte in 0uy .. 32uy -> byte |] [| 127uy .. 255uy |]))

    // `*` and `^` are wildcards to PAN-OS ("Guidelines for URL category exceptions"), `*` to FortiOS too.
    let private wildcards = SearchValues.Create(ReadOnlySpan<byte> "*^"B)

    let private refused reason : EdlUrl =
        {
            Reason = ValueSome reason
            Start = 0
            Length = 0
        }

    /// A canonical URL of http or https, without user information: firewalls see hosts and paths, and would read a user as the host.
    let url (value: ReadOnlySpan<byte>) : EdlUrl =
        let start =
            if value.StartsWith(ReadOnlySpan<byte> http) then
                http.Length
            elif value.StartsWith(ReadOnlySpan<byte> https) then
                https.Length
            else
                0

        if start = 0 then
            refused RenderReason.TypeNotHeld
        elif value.ContainsAny outside then
            refused RenderReason.UnsafeText
        else
            let fragment = value.IndexOf '#'B
            let finish = if fragment < 0 then value.Length else fragment
            let rest = value.Slice(start, finish - start)
            let slash = rest.IndexOf '/'B

            if slash <= 0 then
                refused RenderReason.NotCanonical
            elif rest.ContainsAny wildcards || rest.Slice(0, slash).Contains '@'B then
                refused RenderReason.ReservedWord
            else
                {
                    Reason = ValueNone
                    Start = start
                    Length = rest.Length
                }

    let private special = SearchValues.Create(ReadOnlySpan<byte> "\","B)

    let private controls =
        SearchValues.Create(ReadOnlySpan<byte>(Array.append [| for byte in 0uy .. 31uy -> byte |] [| 127uy |]))

    /// Whether a text can be a cell as it is: a record ends with its line, also inside quotation marks (sk132193).
    let isLine (text: ReadOnlySpan<byte>) : bool = not (text.ContainsAny controls)

    /// Writes a cell of a CSV, in quotation marks where it needs them, those inside doubled (RFC 4180 §2); control characters become blanks.
    let writeCell (text: ReadOnlySpan<byte>) (writer: Utf8Writer) : unit =
        let isQuoted = text.ContainsAny special

        if isQuoted then
            writer.Byte '"'B

        if not isQuoted && isLine text then
            writer.Bytes text
        else
            for byte in text do
                if byte < 32uy || byte = 127uy then
                    writer.Byte ' 'B
                elif byte = '"'B then
                    writer.Byte '"'B
                    writer.Byte '"'B
                else
                    writer.Byte byte

        if isQuoted then
            writer.Byte '"'B
