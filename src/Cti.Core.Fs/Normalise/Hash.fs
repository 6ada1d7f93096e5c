// File hashes in hexadecimal, told apart by their length.
namespace Cti.Core

open System
open System.Buffers
open System.Text

[<RequireQualifiedAccess>]
module internal Hash =
    /// Hexadecimal digits of a hash type; 0 for a type that is no hash.
    let digits (observable: ObservableType) : int =
        match observable with
        | ObservableType.Md5
        | ObservableType.Ja3 -> 32
        | ObservableType.Sha1
        | ObservableType.CertificateSha1 -> 40
        | ObservableType.Sha256
        | ObservableType.CertificateSha256 -> 64
        | ObservableType.Sha512 -> 128
        | _ -> 0

    /// The hash type of a length; ValueNone when there is none.
    let ofLength (length: int) : ObservableType voption =
        match length with
        | 32 -> ValueSome ObservableType.Md5
        | 40 -> ValueSome ObservableType.Sha1
        | 64 -> ValueSome ObservableType.Sha256
        | 128 -> ValueSome ObservableType.Sha512
        | _ -> ValueNone

    let private hexDigits =
        SearchValues.Create(ReadOnlySpan<byte> "0123456789abcdefABCDEF"B)

    /// Whether every byte is a hexadecimal digit.
    let isHexadecimal (value: ReadOnlySpan<byte>) : bool = not (value.ContainsAnyExcept hexDigits)

    /// Writes the digits in lower case.
    let normalise (length: int) (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        if value.Length <> length then
            Written.fail NormaliseError.HashLength
        else
            let mutable written = 0

            if not (isHexadecimal value) then
                Written.fail NormaliseError.HashCharacter
            else
                Ascii.ToLower(value, target, &written) |> ignore
                Written.ok length
