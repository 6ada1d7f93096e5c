// Text inside the rules of Suricata (user guide, "Rules Format" and "Payload Keywords: content") and Snort 3 (rule manual, "Rule Options" and "content"):
// the one place that escapes for them. Both end an option at `;`, a string at `"`, and read `\` and `|` in patterns.
namespace Cti.Core

open System
open System.Buffers

[<RequireQualifiedAccess>]
module internal SensorText =
    /// Bytes of a message: it is for people, and the pattern beside it is whole.
    [<Literal>]
    let MostMessage = 200

    /// Bytes of a pattern as it is written: a rule of Suricata has 8,191 bytes, and everything else in it takes less than half of them.
    [<Literal>]
    let MostPattern = 3_500

    let private hex = "0123456789abcdef"B

    // Printable ASCII but the four that mean something, and the colon, which Suricata's guide has escaped too.
    let private plain =
        SearchValues.Create(
            ReadOnlySpan<byte>
                [|
                    for value in 32uy .. 126uy do
                        if not (Array.contains value "\"\\;:|"B) then
                            value
                |]
        )

    let private messagePlain =
        SearchValues.Create(
            ReadOnlySpan<byte>
                [|
                    for value in 32uy .. 126uy do
                        if not (Array.contains value "\"\\;"B) then
                            value
                |]
        )

    let private writeHex (value: byte) (writer: Utf8Writer) =
        writer.Byte hex[int (value >>> 4)]
        writer.Byte hex[int (value &&& 15uy)]

    /// Writes the inside of `content:"…"`. What is not plain stands as bytes between bars: `|3b 0a|`. Reading it gives the text again.
    let pattern (text: ReadOnlySpan<byte>) (writer: Utf8Writer) : unit =
        let mutable rest = text

        while rest.Length > 0 do
            match rest.IndexOfAnyExcept plain with
            | -1 ->
                writer.Bytes rest
                rest <- ReadOnlySpan<byte>.Empty
            | at ->
                writer.Bytes(rest.Slice(0, at))
                rest <- rest.Slice at

                let special =
                    match rest.IndexOfAny plain with
                    | -1 -> rest.Length
                    | length -> length

                writer.Byte '|'B

                for index in 0 .. special - 1 do
                    if index > 0 then
                        writer.Byte ' 'B

                    writeHex rest[index] writer

                writer.Byte '|'B
                rest <- rest.Slice special

    /// Writes text of a message, inside its quotes: what would end it, and what is not printable ASCII, as `%3B`. Cut where it is too long.
    let message (text: ReadOnlySpan<byte>) (writer: Utf8Writer) : unit =
        let mutable rest = text.Slice(0, min text.Length MostMessage)

        while rest.Length > 0 do
            match rest.IndexOfAnyExcept messagePlain with
            | -1 ->
                writer.Bytes rest
                rest <- ReadOnlySpan<byte>.Empty
            | at ->
                writer.Bytes(rest.Slice(0, at))
                writer.Byte '%'B
                writeHex rest[at] writer
                rest <- rest.Slice(at + 1)

        if text.Length > MostMessage then
            writer.Bytes(ReadOnlySpan<byte> "..."B)

    let private wordText =
        SearchValues.Create(ReadOnlySpan<byte> "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/+@"B)

    /// Whether a text can be a value of `metadata`, where nothing can be escaped: no blank, comma, semicolon or quote, at most 100 bytes.
    let isWord (text: ReadOnlySpan<byte>) : bool =
        text.Length > 0 && text.Length <= 100 && text.IndexOfAnyExcept wordText < 0

    // `reference:url,…;` has no escapes either.
    let private addressText =
        SearchValues.Create(
            ReadOnlySpan<byte> "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&'()*+=%"B
        )

    /// What stands behind `reference:url,` for an address, its scheme left out as rules have it; empty where it cannot stand there.
    let reference (address: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let border = address.IndexOf(ReadOnlySpan<byte> "://"B)
        let rest = if border < 0 then address else address.Slice(border + 3)

        if rest.Length > 300 || rest.IndexOfAnyExcept addressText >= 0 then
            ReadOnlySpan<byte>.Empty
        else
            rest

    let private hasLongLabel (name: ReadOnlySpan<byte>) =
        let mutable rest = name
        let mutable isLong = false

        while rest.Length > 0 do
            let dot = rest.IndexOf '.'B
            isLong <- isLong || (if dot < 0 then rest.Length else dot) > 63

            rest <-
                if dot < 0 then
                    ReadOnlySpan<byte>.Empty
                else
                    rest.Slice(dot + 1)

        isLong

    /// Why a name cannot be looked for in traffic: `Domain` in canonical form is lower-case ASCII, labels of 1 to 63 bytes.
    let checkName (name: ReadOnlySpan<byte>) : RenderReason voption =
        if name.Length > 253 || hasLongLabel name then
            ValueSome RenderReason.TooLong
        elif name.IndexOfAnyInRange(0uy, 32uy) >= 0 || name.Contains 127uy then
            ValueSome RenderReason.UnsafeText
        elif
            name.IsEmpty
            || name[0] = '.'B
            || name[name.Length - 1] = '.'B
            || name.IndexOf(ReadOnlySpan<byte> ".."B) >= 0
            || name.IndexOfAnyInRange('A'B, 'Z'B) >= 0
            || name.IndexOfAnyInRange(128uy, 255uy) >= 0
        then
            ValueSome RenderReason.NotCanonical
        elif name.Contains '*'B then
            ValueSome RenderReason.ReservedWord
        else
            ValueNone
