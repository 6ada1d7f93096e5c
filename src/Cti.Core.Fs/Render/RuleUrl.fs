// A canonical URL as it shows in an HTTP request: the host, the port where it is not the scheme's, and what stands in the request's line (RFC 9112 §3.2).
namespace Cti.Core

open System
open System.Buffers

/// Where the parts of a URL stand in it.
[<Struct>]
type internal RuleUrl =
    {
        HostStart: int
        /// With the brackets of an address of version 6.
        HostLength: int
        /// 0 where the URL names none.
        Port: int
        /// The path with its query; a fragment is never sent. Empty stands for `/`.
        TargetStart: int
        TargetLength: int
    }

[<RequireQualifiedAccess>]
module internal RuleUrl =
    let private http = "http://"B
    let private https = "https://"B
    let private authorityEnd = SearchValues.Create(ReadOnlySpan<byte> "/?#"B)

    let private portOf (text: ReadOnlySpan<byte>) =
        let mutable port = 0
        let mutable good = text.Length > 0 && text.Length <= 5

        for index in 0 .. text.Length - 1 do
            good <- good && Text.isDigit text[index]

            if good then
                port <- port * 10 + int (text[index] - '0'B)

        if good && port <= 65535 then port else -1

    /// The parts of a URL of http or https; none where it is another, or not in canonical form.
    let tryParse (url: ReadOnlySpan<byte>) : RuleUrl voption =
        let start =
            if url.StartsWith(ReadOnlySpan<byte> http) then
                http.Length
            elif url.StartsWith(ReadOnlySpan<byte> https) then
                https.Length
            else
                0

        let rest = url.Slice start

        let finish =
            match rest.IndexOfAny authorityEnd with
            | -1 -> rest.Length
            | at -> at

        let user = rest.Slice(0, finish).LastIndexOf '@'B + 1
        let authority = rest.Slice(user, finish - user)
        let bracket = authority.LastIndexOf ']'B
        let colon = authority.Slice(bracket + 1).IndexOf ':'B

        let hostLength = if colon < 0 then authority.Length else bracket + 1 + colon

        let port =
            if colon < 0 then
                0
            else
                portOf (authority.Slice(hostLength + 1))

        let host = authority.Slice(0, hostLength)
        let fragment = rest.IndexOf '#'B
        let last = if fragment < 0 then rest.Length else fragment

        if
            start = 0
            || hostLength = 0
            || port < 0
            || host.IndexOfAnyInRange('A'B, 'Z'B) >= 0
            || url.IndexOfAnyInRange(0uy, 32uy) >= 0
            || url.Contains 127uy
            || url.IndexOfAnyInRange(128uy, 255uy) >= 0
        then
            ValueNone
        else
            ValueSome
                {
                    HostStart = start + user
                    HostLength = hostLength
                    Port = port
                    TargetStart = start + finish
                    TargetLength = last - finish
                }

    // What a sensor's normalisation changes: escapes, doubled slashes, `.` and `..` as parts, backslashes.
    let private doubled = "//"B
    let private dotted = "/."B

    /// Whether a target looks the same before and after a sensor has made requests alike. Where it does not, only what was sent can be compared.
    let isNormal (target: ReadOnlySpan<byte>) : bool =
        not (target.Contains '%'B)
        && not (target.Contains '\\'B)
        && target.IndexOf(ReadOnlySpan<byte> doubled) < 0
        && target.IndexOf(ReadOnlySpan<byte> dotted) < 0
