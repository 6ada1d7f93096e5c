// Which observable the value at an object path is. Knows paths and the form of values, not how patterns are put together.
namespace Cti.Core

open System
open System.Text

/// What the value at a path is.
[<Struct; RequireQualifiedAccess>]
type internal PatternField =
    | Value of ObservableType
    /// An address, or a network in CIDR form.
    | Ipv4
    | Ipv6
    /// An address, a network or a name of a host: the value tells.
    | Endpoint
    /// A name, or a path where it holds separators.
    | File

[<RequireQualifiedAccess>]
module internal PatternSubject =
    let private hashes =
        [
            "md5", ObservableType.Md5
            "sha-1", ObservableType.Sha1
            "sha1", ObservableType.Sha1
            "sha-256", ObservableType.Sha256
            "sha256", ObservableType.Sha256
            "sha-512", ObservableType.Sha512
            "sha512", ObservableType.Sha512
            "ssdeep", ObservableType.Ssdeep
            "tlsh", ObservableType.Tlsh
        ]

    let private certificateHashes =
        [
            "sha-1", ObservableType.CertificateSha1
            "sha1", ObservableType.CertificateSha1
            "sha-256", ObservableType.CertificateSha256
            "sha256", ObservableType.CertificateSha256
        ]

    /// Names of algorithms, lower case, and what a hash of a file is by them.
    let hashOf (algorithm: string) : ObservableType voption =
        match hashes |> List.tryFind (fun (name, _) -> name = algorithm.ToLowerInvariant()) with
        | Some(_, kind) -> ValueSome kind
        | None -> ValueNone

    /// The same of a certificate.
    let certificateHashOf (algorithm: string) : ObservableType voption =
        match
            certificateHashes
            |> List.tryFind (fun (name, _) -> name = algorithm.ToLowerInvariant())
        with
        | Some(_, kind) -> ValueSome kind
        | None -> ValueNone

    // Under a property's bare and its quoted name.
    let private under (path: string) (algorithms: (string * ObservableType) list) =
        [
            for name, kind in algorithms do
                $"%s{path}.%s{name}", PatternField.Value kind
                $"%s{path}.'%s{name}'", PatternField.Value kind
        ]

    let private userAgent =
        [
            for header in [ "'user-agent'"; "user-agent" ] do
                for item in [ ""; "[*]"; "[0]" ] do
                    $"network-traffic:extensions.'http-request-ext'.request_header.%s{header}%s{item}",
                    PatternField.Value ObservableType.UserAgent
        ]

    // Those of STIX first, then those that widespread platforms add. More frequent ones first: the table is searched in order.
    let private paths: (byte[] * PatternField)[] =
        [
            "domain-name:value", PatternField.Value ObservableType.Domain
            "url:value", PatternField.Value ObservableType.Url
            "ipv4-addr:value", PatternField.Ipv4
            yield! under "file:hashes" hashes
            "email-addr:value", PatternField.Value ObservableType.Email
            "file:name", PatternField.File
            "ipv6-addr:value", PatternField.Ipv6
            "directory:path", PatternField.Value ObservableType.FilePath
            "mutex:name", PatternField.Value ObservableType.Mutex
            "windows-registry-key:key", PatternField.Value ObservableType.RegistryKey
            "email-message:from_ref.value", PatternField.Value ObservableType.Email
            "email-message:sender_ref.value", PatternField.Value ObservableType.Email
            "network-traffic:dst_ref.value", PatternField.Endpoint
            "network-traffic:src_ref.value", PatternField.Endpoint
            "mac-addr:value", PatternField.Value ObservableType.Mac
            "autonomous-system:number", PatternField.Value ObservableType.Asn
            yield! under "artifact:hashes" hashes
            yield! under "x509-certificate:hashes" certificateHashes
            yield! userAgent
            "cryptocurrency-wallet:value", PatternField.Value ObservableType.CryptoAddress
            "cryptocurrency-wallet:address", PatternField.Value ObservableType.CryptoAddress
            "hostname:value", PatternField.Value ObservableType.Domain
            "user-agent:value", PatternField.Value ObservableType.UserAgent
        ]
        |> List.map (fun (path, field) -> Encoding.ASCII.GetBytes path, field)
        |> List.toArray

    /// The longest path known.
    let longest = paths |> Array.map (fun (path, _) -> path.Length) |> Array.max

    /// What the value at a path is; none where it is no observable. Letters of `path` are lower case.
    let tryFind (path: ReadOnlySpan<byte>) : PatternField voption =
        let mutable found = ValueNone
        let mutable at = 0

        while at < paths.Length do
            let struct (known, field) =
                let known, field = paths[at]
                struct (known, field)

            if path.SequenceEqual(ReadOnlySpan<byte> known) then
                found <- ValueSome field
                at <- paths.Length
            else
                at <- at + 1

        found

    /// The type of a value whose path says what it is.
    let typeOf (field: PatternField) (value: ReadOnlySpan<byte>) : ObservableType =
        match field with
        | PatternField.Value kind -> kind
        | PatternField.Ipv4
        | PatternField.Ipv6
        | PatternField.Endpoint when value.Contains '/'B -> ObservableType.Cidr
        | PatternField.Ipv4 -> ObservableType.Ipv4
        | PatternField.Ipv6 -> ObservableType.Ipv6
        | PatternField.Endpoint when value.Contains ':'B -> ObservableType.Ipv6
        | PatternField.Endpoint when value.IndexOfAnyExcept("0123456789."B) < 0 -> ObservableType.Ipv4
        | PatternField.Endpoint -> ObservableType.Domain
        | PatternField.File when value.IndexOfAny("/\\"B) >= 0 -> ObservableType.FilePath
        | PatternField.File -> ObservableType.FileName

    /// A folder's path and a file's name as the file's path.
    let filePath (folder: string) (name: string) : string =
        let isWindows = folder.Contains '\\' || (folder.Length >= 2 && folder[1] = ':')

        let separator = if isWindows then "\\" else "/"

        if folder.EndsWith(separator, StringComparison.Ordinal) then
            folder + name
        else
            folder + separator + name

    /// An address and a port.
    let endpoint (address: string) (port: string) : string =
        if address.Contains ':' then
            $"[%s{address}]:%s{port}"
        else
            $"%s{address}:%s{port}"
