// Why a value could not be normalised: every reason, its stable code and what a person can do about it.
namespace Cti.Core

/// The reason for which a value is no observable. `None` means there is no error.
[<Struct; RequireQualifiedAccess>]
type NormaliseError =
    | None
    | Empty
    | TooLong
    | ControlCharacter
    | InvalidUtf8
    | Unrecognised
    | NestedDefang
    | InvalidIpv4
    | Ipv4LeadingZero
    | Ipv4Form
    | InvalidIpv6
    | ZoneId
    | InvalidPrefix
    | InvalidPort
    | MissingPort
    | HostPort
    | DomainCharacter
    | DomainLabel
    | DomainTooLong
    | SingleLabel
    | NumericTld
    | InvalidPunycode
    | IdnCharacter
    | Truncated
    | UrlScheme
    | UrlMalformed
    | EmailMalformed
    | EmailLocalPart
    | HashLength
    | HashCharacter
    | UrlPath
    | AsnMalformed
    | CveMalformed
    | AttackIdMalformed
    | UnsafeText
    | SsdeepMalformed
    | TlshMalformed
    | MacMalformed
    | FileNameSeparator
    | FileNameCharacter
    | FilePathMalformed
    | RegistryHive
    | RegistryValue
    | CryptoUnknown
    | CryptoChecksum
    | PatternTooLong

[<RequireQualifiedAccess>]
module NormaliseError =
    /// Every error, `None` first.
    let all =
        [|
            NormaliseError.None
            NormaliseError.Empty
            NormaliseError.TooLong
            NormaliseError.ControlCharacter
            NormaliseError.InvalidUtf8
            NormaliseError.Unrecognised
            NormaliseError.NestedDefang
            NormaliseError.InvalidIpv4
            NormaliseError.Ipv4LeadingZero
            NormaliseError.Ipv4Form
            NormaliseError.InvalidIpv6
            NormaliseError.ZoneId
            NormaliseError.InvalidPrefix
            NormaliseError.InvalidPort
            NormaliseError.MissingPort
            NormaliseError.HostPort
            NormaliseError.DomainCharacter
            NormaliseError.DomainLabel
            NormaliseError.DomainTooLong
            NormaliseError.SingleLabel
            NormaliseError.NumericTld
            NormaliseError.InvalidPunycode
            NormaliseError.IdnCharacter
            NormaliseError.Truncated
            NormaliseError.UrlScheme
            NormaliseError.UrlMalformed
            NormaliseError.EmailMalformed
            NormaliseError.EmailLocalPart
            NormaliseError.HashLength
            NormaliseError.HashCharacter
            NormaliseError.UrlPath
            NormaliseError.AsnMalformed
            NormaliseError.CveMalformed
            NormaliseError.AttackIdMalformed
            NormaliseError.UnsafeText
            NormaliseError.SsdeepMalformed
            NormaliseError.TlshMalformed
            NormaliseError.MacMalformed
            NormaliseError.FileNameSeparator
            NormaliseError.FileNameCharacter
            NormaliseError.FilePathMalformed
            NormaliseError.RegistryHive
            NormaliseError.RegistryValue
            NormaliseError.CryptoUnknown
            NormaliseError.CryptoChecksum
            NormaliseError.PatternTooLong
        |]

    /// The stable code, `CTI-NORM-NNN`; empty for `None`. Codes are stored and searched for: never renumber, only append.
    let code (error: NormaliseError) : string =
        match error with
        | NormaliseError.None -> ""
        | NormaliseError.Empty -> "CTI-NORM-001"
        | NormaliseError.TooLong -> "CTI-NORM-002"
        | NormaliseError.ControlCharacter -> "CTI-NORM-003"
        | NormaliseError.InvalidUtf8 -> "CTI-NORM-004"
        | NormaliseError.Unrecognised -> "CTI-NORM-005"
        | NormaliseError.NestedDefang -> "CTI-NORM-006"
        | NormaliseError.InvalidIpv4 -> "CTI-NORM-007"
        | NormaliseError.Ipv4LeadingZero -> "CTI-NORM-008"
        | NormaliseError.Ipv4Form -> "CTI-NORM-009"
        | NormaliseError.InvalidIpv6 -> "CTI-NORM-010"
        | NormaliseError.ZoneId -> "CTI-NORM-011"
        | NormaliseError.InvalidPrefix -> "CTI-NORM-012"
        | NormaliseError.InvalidPort -> "CTI-NORM-013"
        | NormaliseError.MissingPort -> "CTI-NORM-014"
        | NormaliseError.HostPort -> "CTI-NORM-015"
        | NormaliseError.DomainCharacter -> "CTI-NORM-016"
        | NormaliseError.DomainLabel -> "CTI-NORM-017"
        | NormaliseError.DomainTooLong -> "CTI-NORM-018"
        | NormaliseError.SingleLabel -> "CTI-NORM-019"
        | NormaliseError.NumericTld -> "CTI-NORM-020"
        | NormaliseError.InvalidPunycode -> "CTI-NORM-021"
        | NormaliseError.IdnCharacter -> "CTI-NORM-022"
        | NormaliseError.Truncated -> "CTI-NORM-023"
        | NormaliseError.UrlScheme -> "CTI-NORM-024"
        | NormaliseError.UrlMalformed -> "CTI-NORM-025"
        | NormaliseError.EmailMalformed -> "CTI-NORM-026"
        | NormaliseError.EmailLocalPart -> "CTI-NORM-027"
        | NormaliseError.HashLength -> "CTI-NORM-028"
        | NormaliseError.HashCharacter -> "CTI-NORM-029"
        | NormaliseError.UrlPath -> "CTI-NORM-030"
        | NormaliseError.AsnMalformed -> "CTI-NORM-031"
        | NormaliseError.CveMalformed -> "CTI-NORM-032"
        | NormaliseError.AttackIdMalformed -> "CTI-NORM-033"
        | NormaliseError.UnsafeText -> "CTI-NORM-034"
        | NormaliseError.SsdeepMalformed -> "CTI-NORM-035"
        | NormaliseError.TlshMalformed -> "CTI-NORM-036"
        | NormaliseError.MacMalformed -> "CTI-NORM-037"
        | NormaliseError.FileNameSeparator -> "CTI-NORM-038"
        | NormaliseError.FileNameCharacter -> "CTI-NORM-039"
        | NormaliseError.FilePathMalformed -> "CTI-NORM-040"
        | NormaliseError.RegistryHive -> "CTI-NORM-041"
        | NormaliseError.RegistryValue -> "CTI-NORM-042"
        | NormaliseError.CryptoUnknown -> "CTI-NORM-043"
        | NormaliseError.CryptoChecksum -> "CTI-NORM-044"
        | NormaliseError.PatternTooLong -> "CTI-NORM-045"

    /// What is wrong and what to do, for a person; empty for `None`.
    let message (error: NormaliseError) : string =
        match error with
        | NormaliseError.None -> ""
        | NormaliseError.Empty -> "The value is empty. Leave out empty cells in the mapping."
        | NormaliseError.TooLong ->
            "The value, or its escaped form, is longer than 4,096 bytes. Check the delimiter and quoting of the source."
        | NormaliseError.ControlCharacter ->
            "The value holds a control character. Check the reader's format and encoding."
        | NormaliseError.InvalidUtf8 -> "The value is not valid UTF-8. Check the encoding of the source."
        | NormaliseError.Unrecognised ->
            "The value has the form of no known observable. Name its type in the mapping, or map another field."
        | NormaliseError.NestedDefang ->
            "The value is defanged more than three times over. Refang it before it is read, or report the source."
        | NormaliseError.InvalidIpv4 -> "This is no IPv4 address. Write four numbers from 0 to 255 with dots between."
        | NormaliseError.Ipv4LeadingZero ->
            "A number of the IPv4 address has a leading zero and could be read as octal. Write it without."
        | NormaliseError.Ipv4Form ->
            "The IPv4 address is written short, as one number or in hexadecimal. Write four decimal numbers with dots."
        | NormaliseError.InvalidIpv6 -> "This is no IPv6 address. Write it as RFC 4291 section 2.2 says."
        | NormaliseError.ZoneId ->
            "The IPv6 address has a zone, which only means something on the machine that wrote it. Drop the part from %."
        | NormaliseError.InvalidPrefix ->
            "The prefix length must be 0 to 32 for IPv4 and 0 to 128 for IPv6, in decimal."
        | NormaliseError.InvalidPort -> "The port must be a decimal number from 1 to 65535."
        | NormaliseError.MissingPort -> "The value has no port. Use the type ipv4 or ipv6, or write address:port."
        | NormaliseError.HostPort ->
            "A host name with a port and no scheme. Write the scheme before it, or declare the type url (http is assumed)."
        | NormaliseError.DomainCharacter ->
            "The host name holds a character that no host name can have. Use letters, digits, hyphens and dots."
        | NormaliseError.DomainLabel ->
            "A label of the host name is empty, longer than 63 characters, or begins or ends with a hyphen."
        | NormaliseError.DomainTooLong -> "The host name is longer than 253 characters."
        | NormaliseError.SingleLabel -> "The host name has only one label. Write the full name."
        | NormaliseError.NumericTld -> "The last label is a number, so this is neither a host name nor an IP address."
        | NormaliseError.InvalidPunycode -> "A label begins with xn-- but is no punycode (RFC 3492)."
        | NormaliseError.IdnCharacter ->
            "The host name holds a non-ASCII character that cannot be encoded safely. Write the label in its xn-- form."
        | NormaliseError.Truncated ->
            "The value was cut off (it ends in an ellipsis). Take it from a source that gives it whole."
        | NormaliseError.UrlScheme -> "The URL's scheme is not known. docs/observables.md lists the schemes."
        | NormaliseError.UrlMalformed -> "This is no URL. Write scheme://host/path with a host name or IP address."
        | NormaliseError.EmailMalformed -> "This is no e-mail address. Write local-part@domain."
        | NormaliseError.EmailLocalPart ->
            "The part before the @ must be 1 to 64 letters, digits or !#$%&'*+-/=?^_`{|}~, with single dots between."
        | NormaliseError.HashLength ->
            "The hash has the wrong length. MD5 and JA3 have 32 digits, SHA-1 40, SHA-256 64, SHA-512 128."
        | NormaliseError.HashCharacter -> "The hash holds a character that is no hexadecimal digit."
        | NormaliseError.UrlPath ->
            "A URL path without a host is no observable. Leave such records out in the mapping, or take the full URL."
        | NormaliseError.AsnMalformed ->
            "This is no autonomous system number. Write AS and a number from 1 to 4294967295, or asdot (AS1.10)."
        | NormaliseError.CveMalformed ->
            "This is no CVE identifier. Write CVE-, the year (1999 or later), - and four digits or more."
        | NormaliseError.AttackIdMalformed ->
            "This is no ATT&CK identifier. Write T1059, T1059.001, TA0001, S0001, G0001, M1001, C0001 or DS0001."
        | NormaliseError.UnsafeText ->
            "The text holds a character that would break a line or turn text around (a control character, a line separator, a direction mark)."
        | NormaliseError.SsdeepMalformed ->
            "This is no ssdeep hash. Write blocksize:hash:hash with a block size of 3, 6, 12, 24 and so on."
        | NormaliseError.TlshMalformed ->
            "This is no TLSH hash. Write T1 and 70 hexadecimal digits, or the digits alone."
        | NormaliseError.MacMalformed -> "This is no MAC address. Write six octets in hexadecimal with colons between."
        | NormaliseError.FileNameSeparator -> "The file name holds a slash or backslash. Use the type file_path."
        | NormaliseError.FileNameCharacter ->
            "The name holds one of * ? < > | and the quotation mark, so it is a placeholder or two values in one, and no name."
        | NormaliseError.FilePathMalformed ->
            "This is no path of a file: it has no separator, or nothing between them. Use the type file_name for a bare name."
        | NormaliseError.RegistryHive ->
            "The registry key names no hive, or nothing below it. Write HKEY_LOCAL_MACHINE\\… (or HKLM, HKCU, HKCR, HKU, HKCC)."
        | NormaliseError.RegistryValue ->
            "The registry key has a value's data joined to it by |. Map the part before it."
        | NormaliseError.CryptoUnknown ->
            "This has the form of no cryptocurrency address that is known. docs/observables.md lists them."
        | NormaliseError.CryptoChecksum ->
            "The checksum of the cryptocurrency address is wrong: it was cut off or mistyped. Take it from another source."
        | NormaliseError.PatternTooLong ->
            "The pattern or rule is longer than 65,536 bytes. Split it, or leave it out in the mapping."

/// What became of one value: its type and the length of its canonical text in the target, or an error and length 0.
[<Struct>]
type Normalised =
    {
        /// The type asked for or recognised; of no meaning when there is an error.
        Type: ObservableType
        /// Bytes of canonical text at the start of the target.
        Length: int
        Error: NormaliseError
    }

/// What a single rule wrote: `Length` bytes, or nothing and why.
[<Struct>]
type internal Written = { Length: int; Error: NormaliseError }

[<RequireQualifiedAccess>]
module internal Written =
    let inline ok length : Written =
        {
            Length = length
            Error = NormaliseError.None
        }

    let inline fail error : Written = { Length = 0; Error = error }

    /// `NormaliseError.None` without the cost of comparing unions.
    let inline isOk (written: Written) = written.Error.IsNone
