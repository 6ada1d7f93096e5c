// Hashes of files as signature formats write them: which types are such hashes, and whether a value is one.
namespace Cti.Core

open System
open System.Buffers

[<RequireQualifiedAccess>]
module internal HashText =
    let private digits = SearchValues.Create(ReadOnlySpan<byte> "0123456789abcdef"B)

    /// Digits of a hash of a file's content that tools compute themselves; 0 for other types.
    let private length (observable: ObservableType) : int =
        match observable with
        | ObservableType.Md5 -> 32
        | ObservableType.Sha1 -> 40
        | ObservableType.Sha256 -> 64
        | _ -> 0

    /// Why `value` is no MD5, SHA-1 or SHA-256 hash in lower-case hexadecimal digits. What passes needs no escape in any format.
    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        match length observable with
        | 0 -> ValueSome RenderReason.TypeNotHeld
        | wanted when value.Length <> wanted || value.ContainsAnyExcept digits -> ValueSome RenderReason.NotCanonical
        | _ -> ValueNone
