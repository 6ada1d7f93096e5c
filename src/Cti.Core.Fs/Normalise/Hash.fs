// File hashes in hexadecimal, told apart by their length.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal Hash =
    /// Hexadecimal digits of a hash type; 0 for a type that is no hash.
    let digits (observable: ObservableType) : int =
        match observable with
        | ObservableType.Md5 -> 32
        | ObservableType.Sha1 -> 40
        | ObservableType.Sha256 -> 64
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

    /// Writes the digits in lower case.
    let normalise (length: int) (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        if value.Length <> length then
            Written.fail NormaliseError.HashLength
        else
            let mutable at = 0

            while at < length && Text.isHex value[at] do
                target[at] <- Text.lower value[at]
                at <- at + 1

            if at = length then
                Written.ok length
            else
                Written.fail NormaliseError.HashCharacter
