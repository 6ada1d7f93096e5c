// MISP's words for what an indicator is (MISP core format; types and categories as MISP ships them), and what the user of a MISP output says of it.
// Constants only.
namespace Cti.Core

open System
open System.Text

/// How bad an event is said to be.
[<Struct; RequireQualifiedAccess>]
type MispThreat =
    | High
    | Medium
    | Low
    | Undefined

[<RequireQualifiedAccess>]
module MispThreat =
    let all =
        [| MispThreat.High; MispThreat.Medium; MispThreat.Low; MispThreat.Undefined |]

    let name (threat: MispThreat) =
        match threat with
        | MispThreat.High -> "high"
        | MispThreat.Medium -> "medium"
        | MispThreat.Low -> "low"
        | MispThreat.Undefined -> "undefined"

    /// `threat_level_id`.
    let number (threat: MispThreat) =
        match threat with
        | MispThreat.High -> 1
        | MispThreat.Medium -> 2
        | MispThreat.Low -> 3
        | MispThreat.Undefined -> 4

/// What a MISP output says of itself.
type MispOptions =
    {
        /// Title of every event; a feed's have their day behind it.
        Info: string
        /// The organisation that made it (`Orgc`).
        Organisation: string
        /// Its UUID; none: made of its name, always the same.
        OrganisationId: Uuid voption
        Threat: MispThreat
        /// Tags of every event, besides the marking.
        Tags: string list
        /// Into how many events a feed's day is divided, 1 to 256. An event that is too large to be read whole asks for more.
        Parts: int
    }

[<RequireQualifiedAccess>]
module MispOptions =
    /// The UUID of the organisation.
    let organisationId (options: MispOptions) : Uuid =
        match options.OrganisationId with
        | ValueSome id -> id
        | ValueNone -> Uuid5.ofText Namespace.mispOrganisation options.Organisation

/// The type and category of an attribute, and whether tools should look for it.
[<Struct>]
type internal MispEntry =
    {
        Type: string
        Category: string
        ToIds: bool
    }

[<RequireQualifiedAccess>]
module internal MispWords =
    let private entry kind category =
        ValueSome
            {
                Type = kind
                Category = category
                ToIds = true
            }

    let private network kind = entry kind "Network activity"
    let private payload kind = entry kind "Payload delivery"

    /// What an indicator of a type is to MISP; none: there is no type for it.
    let entryOf (observable: ObservableType) : MispEntry voption =
        match observable with
        | ObservableType.Ipv4
        | ObservableType.Ipv6
        | ObservableType.Cidr -> network "ip-dst"
        | ObservableType.IpPort -> network "ip-dst|port"
        | ObservableType.Domain -> network "domain"
        | ObservableType.Url -> network "url"
        | ObservableType.Email -> payload "email"
        | ObservableType.Md5 -> payload "md5"
        | ObservableType.Sha1 -> payload "sha1"
        | ObservableType.Sha256 -> payload "sha256"
        | ObservableType.Sha512 -> payload "sha512"
        | ObservableType.Ssdeep -> payload "ssdeep"
        | ObservableType.Tlsh -> payload "tlsh"
        | ObservableType.FileName
        | ObservableType.FilePath -> payload "filename"
        | ObservableType.Asn -> network "AS"
        | ObservableType.Mutex -> entry "mutex" "Artifacts dropped"
        | ObservableType.RegistryKey -> entry "regkey" "Persistence mechanism"
        | ObservableType.UserAgent -> network "user-agent"
        | ObservableType.Ja3 -> network "ja3-fingerprint-md5"
        | ObservableType.CertificateSha1 -> network "x509-fingerprint-sha1"
        | ObservableType.CertificateSha256 -> network "x509-fingerprint-sha256"
        | ObservableType.Mac -> network "mac-address"
        // Nothing that a sensor could look for.
        | ObservableType.Cve ->
            ValueSome
                {
                    Type = "vulnerability"
                    Category = "External analysis"
                    ToIds = false
                }
        | ObservableType.CryptoAddress -> entry "btc" "Financial fraud"
        | ObservableType.YaraRule -> entry "yara" "Payload installation"
        | ObservableType.SigmaRule -> entry "sigma" "Payload installation"
        | ObservableType.SnortRule
        | ObservableType.SuricataRule -> network "snort"
        | ObservableType.StixPattern -> entry "stix2-pattern" "Payload installation"
        | ObservableType.AttackId -> ValueNone

    let private bitcoin = "bc1"B
    let private moneroLength = 95

    /// MISP names three coins; `value` is a canonical address.
    let coinType (value: ReadOnlySpan<byte>) : string voption =
        if value.IsEmpty then
            ValueNone
        else
            match value[0] with
            | '1'B
            | '3'B -> ValueSome "btc"
            | 'b'B when value.StartsWith(ReadOnlySpan<byte> bitcoin) -> ValueSome "btc"
            | 'X'B -> ValueSome "dash"
            | '4'B
            | '8'B when value.Length = moneroLength -> ValueSome "xmr"
            | _ -> ValueNone

    /// The machine tag of a marking (taxonomy `tlp`).
    let tlpTag (tlp: Tlp) : string = "tlp:" + Tlp.name tlp

    /// Whom an event may go to of itself (`distribution`): all communities, this one, or nobody. TLP says it for people, this for the software.
    let distribution (tlp: Tlp) : int =
        match tlp with
        | Tlp.Clear
        | Tlp.Green -> 3
        | Tlp.Amber -> 1
        | Tlp.AmberStrict
        | Tlp.Red -> 0

    /// The grade of the Admiralty scale that is nearest to a confidence (its taxonomy's `numerical_value`).
    let credibility (confidence: byte) : int =
        if confidence >= 88uy then 1
        elif confidence >= 63uy then 2
        elif confidence >= 38uy then 3
        elif confidence >= 13uy then 4
        else 5

    // Tags that software acts upon: a feed's label must not pass for one.
    let private reserved =
        [| "tlp:"; "cti:"; "admiralty-scale:information-credibility"; "misp:ids" |]
        |> Array.map Encoding.ASCII.GetBytes

    /// The longest name of a tag.
    let mostTagCharacters = 255

    /// Why a label cannot stand as a tag; none: it can.
    let tagLoss (label: ReadOnlySpan<byte>) : LossReason voption =
        let mutable isReserved = false

        for prefix in reserved do
            isReserved <-
                isReserved
                || (label.Length >= prefix.Length
                    && Ascii.EqualsIgnoreCase(label.Slice(0, prefix.Length), ReadOnlySpan<byte> prefix))

        if isReserved then
            ValueSome LossReason.NoPlace
        elif
            label.Length > mostTagCharacters
            && Encoding.UTF8.GetCharCount label > mostTagCharacters
        then
            ValueSome LossReason.TooLarge
        else
            ValueNone
