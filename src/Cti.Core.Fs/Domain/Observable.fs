// What intelligence is about: observable types, their names in files and tables, and the friendly single-value Subject.
namespace Cti.Core

/// The types of observables carried so far. The numeric codes (see `ObservableType.code`) are stored: never renumber, only append.
[<Struct; RequireQualifiedAccess>]
type ObservableType =
    | Ipv4
    | Ipv6
    | Cidr
    | IpPort
    | Domain
    | Url
    | Email
    | Md5
    | Sha1
    | Sha256
    | Sha512

[<RequireQualifiedAccess>]
module ObservableType =
    /// All types, in the order of their codes.
    let all =
        [|
            ObservableType.Ipv4
            ObservableType.Ipv6
            ObservableType.Cidr
            ObservableType.IpPort
            ObservableType.Domain
            ObservableType.Url
            ObservableType.Email
            ObservableType.Md5
            ObservableType.Sha1
            ObservableType.Sha256
            ObservableType.Sha512
        |]

    /// The stored code: 1 to 255.
    let code (observable: ObservableType) : byte =
        match observable with
        | ObservableType.Ipv4 -> 1uy
        | ObservableType.Ipv6 -> 2uy
        | ObservableType.Cidr -> 3uy
        | ObservableType.IpPort -> 4uy
        | ObservableType.Domain -> 5uy
        | ObservableType.Url -> 6uy
        | ObservableType.Email -> 7uy
        | ObservableType.Md5 -> 8uy
        | ObservableType.Sha1 -> 9uy
        | ObservableType.Sha256 -> 10uy
        | ObservableType.Sha512 -> 11uy

    /// The inverse of `code`; a code that no version of the program wrote has no type.
    let tryOfCode (code: byte) : ObservableType voption =
        if code >= 1uy && int code <= all.Length then
            ValueSome all[int code - 1]
        else
            ValueNone

    /// The name used in YAML, tables, JSON and reports.
    let name (observable: ObservableType) =
        match observable with
        | ObservableType.Ipv4 -> "ipv4"
        | ObservableType.Ipv6 -> "ipv6"
        | ObservableType.Cidr -> "cidr"
        | ObservableType.IpPort -> "ip_port"
        | ObservableType.Domain -> "domain"
        | ObservableType.Url -> "url"
        | ObservableType.Email -> "email"
        | ObservableType.Md5 -> "md5"
        | ObservableType.Sha1 -> "sha1"
        | ObservableType.Sha256 -> "sha256"
        | ObservableType.Sha512 -> "sha512"

    /// The inverse of `name`; ordinal, lower case only.
    let tryParse (text: string) : ObservableType voption =
        match all |> Array.tryFind (fun observable -> name observable = text) with
        | Some observable -> ValueSome observable
        | None -> ValueNone

/// What intelligence is about: an observable in canonical form.
type Subject =
    {
        Type: ObservableType
        /// Canonical text (see docs/observables.md); never defanged.
        Value: string
    }
