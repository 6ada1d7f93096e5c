// Values of no declared type that are none of the common observables: which of the rarer ones has this form and no other? Asked last (what
// has backslashes: before refanging, which would eat them), so that the common types cost what they did.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal RareForms =
    let private result (observable: ObservableType) (written: Written) : Normalised =
        {
            Type = observable
            Length = written.Length
            Error = written.Error
        }

    let private none: Normalised =
        {
            Type = ObservableType.Url
            Length = 0
            Error = NormaliseError.Unrecognised
        }

    /// Whether a value may be a Windows path or a registry key, from its first bytes.
    let mayBeHostText (value: ReadOnlySpan<byte>) : bool =
        value.Length > 3
        && (value[2] = '\\'B
            || value[0] = '\\'B
            || value[0] = '%'B
            || (Text.lower value[0] = 'h'B && Text.lower value[1] = 'k'B))

    /// A Windows path or a registry key, as written; the error of the rule, or `Unrecognised`.
    let hostText (value: ReadOnlySpan<byte>) (target: Span<byte>) : Normalised =
        if RegistryKey.isSpelled value then
            result ObservableType.RegistryKey (RegistryKey.normalise value target)
        elif HostText.isPath value then
            result ObservableType.FilePath (HostText.filePath value target)
        else
            none

    /// Any other rare form, refanged; `Unrecognised` when it has none.
    let recognise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Normalised =
        let found =
            match value[0] with
            | 'C'B
            | 'c'B when CatalogueId.isSpelledCve value -> result ObservableType.Cve (CatalogueId.cve value target)
            | 'A'B when Asn.isSpelled value -> result ObservableType.Asn (Asn.normalise value target)
            | 'T'B when FuzzyHash.isTlsh value -> result ObservableType.Tlsh (FuzzyHash.tlsh value target)
            | 'T'B when value.Length <= 9 -> result ObservableType.AttackId (CatalogueId.attack value target)
            | _ when Mac.isSpelled value -> result ObservableType.Mac (Mac.normalise value target)
            | _ when FuzzyHash.isSpelled value -> result ObservableType.Ssdeep (FuzzyHash.ssdeep value target)
            | _ -> none

        if found.Error.IsNone then
            found
        else
            result ObservableType.CryptoAddress (CryptoAddress.recognise value target)
