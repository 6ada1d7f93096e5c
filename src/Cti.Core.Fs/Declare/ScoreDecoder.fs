// How it is written in YAML how fast indicators wear off, and how fast they do where nothing is written.
namespace Cti.Core.Declare

open System
open Cti.Core

[<RequireQualifiedAccess>]
module internal ScoreDecoder =
    // Addresses change hands within weeks, names within months; what malware leaves behind stays as long as its authors keep their
    // habits; a hash or a wallet stays what it is; a catalogue number means the same for ever.
    let private defaultDays (kind: ObservableType) =
        match kind with
        | ObservableType.Ipv4
        | ObservableType.Ipv6
        | ObservableType.Cidr
        | ObservableType.IpPort
        | ObservableType.Url -> 30
        | ObservableType.Asn
        | ObservableType.Domain -> 90
        | ObservableType.Email
        | ObservableType.FileName
        | ObservableType.FilePath
        | ObservableType.Mutex
        | ObservableType.RegistryKey
        | ObservableType.UserAgent
        | ObservableType.Ja3
        | ObservableType.Mac -> 180
        | ObservableType.Md5
        | ObservableType.Sha1
        | ObservableType.Sha256
        | ObservableType.Sha512
        | ObservableType.Ssdeep
        | ObservableType.Tlsh
        | ObservableType.CertificateSha1
        | ObservableType.CertificateSha256
        | ObservableType.CryptoAddress
        | ObservableType.StixPattern
        | ObservableType.YaraRule
        | ObservableType.SigmaRule
        | ObservableType.SuricataRule
        | ObservableType.SnortRule -> 365
        | ObservableType.Cve
        | ObservableType.AttackId -> 3650

    // By type code; code 0 is no type.
    let private table (zero: 'V) (fallback: ObservableType -> 'V) (given: (ObservableType * 'V) list option) : 'V[] =
        let given = Option.defaultValue [] given

        let value (kind: ObservableType) =
            given
            |> List.tryFind (fun (named, _) -> named = kind)
            |> Option.map snd
            |> Option.defaultValue (fallback kind)

        Array.append [| zero |] (ObservableType.all |> Array.map value)

    let private microseconds (span: TimeSpan) : int64<us> =
        LanguagePrimitives.Int64WithMeasure(span.Ticks / TimeSpan.TicksPerMicrosecond)

    let decoder: Decoder<ScoreSettings> =
        Decode.block (
            block {
                let! lifetime =
                    Field.optional
                        "lifetime"
                        ("per type, the time after which an indicator that is not seen again is worth nothing; "
                         + "where not given 30d for IP addresses and URLs, 90d for domains and networks of an asn, 365d for hashes, certificates, wallets, patterns and rules, "
                         + "3650d for cve and attack_id, 180d for the rest")
                        (Decode.mapping Words.observableType (Decode.literal Words.lifetime))

                and! speed =
                    Field.optional
                        "decay_speed"
                        "per type, how the score falls: 1 in a straight line, above 1 early, below 1 late; 1.0 where not given"
                        (Decode.mapping Words.observableType (Decode.literal (Literal.float "decay speed" 0.1 10.0)))

                return
                    {
                        Lifetime =
                            lifetime
                            |> Option.map (List.map (fun (kind, span) -> kind, microseconds span))
                            |> table Timestamp.day (fun kind -> int64 (defaultDays kind) * Timestamp.day)
                        DecaySpeed = table 1.0 (fun _ -> 1.0) speed
                    }
            }
        )
