// Fuzzy hashes, which are alike where files are alike: ssdeep (Kornblum 2006) and TLSH (Oliver, Cheng, Chen 2013).
namespace Cti.Core

open System
open System.Buffers
open System.Text

[<RequireQualifiedAccess>]
module internal FuzzyHash =
    let private base64 =
        SearchValues.Create(ReadOnlySpan<byte> "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"B)

    // The longest part of an ssdeep hash (SPAMSUM_LENGTH in fuzzy.h).
    let private longestPart = 64

    // Block sizes are 3 times a power of two; the largest is that of the largest file.
    let private isBlockSize (value: ReadOnlySpan<byte>) : bool =
        let size = Text.readNumber value 9

        size >= 3
        && value[0] <> '0'B
        && size % 3 = 0
        && Numerics.BitOperations.IsPow2(size / 3)

    let private isPart (value: ReadOnlySpan<byte>) : bool =
        value.Length <= longestPart && not (value.ContainsAnyExcept base64)

    // The hash without the `,"file name"` that the program prints behind it.
    let private withoutName (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let comma = value.IndexOf ','B

        if comma > 0 && comma + 1 < value.Length && value[comma + 1] = '"'B then
            value.Slice(0, comma)
        else
            value

    /// Writes `blocksize:hash:hash` as it is, case and all: the digits are base64.
    let ssdeep (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let hash = withoutName value
        let first = hash.IndexOf ':'B
        let last = hash.LastIndexOf ':'B

        if
            first > 0
            && last > first
            && isBlockSize (hash.Slice(0, first))
            && isPart (hash.Slice(first + 1, last - first - 1))
            && isPart (hash.Slice(last + 1))
        then
            hash.CopyTo target
            Written.ok hash.Length
        else
            Written.fail NormaliseError.SsdeepMalformed

    // So long that nothing else is written like it.
    let private unmistakable = 20

    /// Whether a value that begins with a number and has this length may be an ssdeep hash.
    let isSpelled (value: ReadOnlySpan<byte>) : bool =
        (withoutName value).Length >= unmistakable && Text.isDigit value[0]

    let private digits = 70
    let private version = "T1"B
    let private spelledVersion = "t1"B

    /// Whether a value begins with TLSH's version mark and has its length.
    let isTlsh (value: ReadOnlySpan<byte>) : bool =
        value.Length = digits + 2 && Text.startsWithLower value spelledVersion

    /// Writes `T1` and 70 digits in upper case, as the reference program prints since version 4. Before that it printed the same digits
    /// without `T1`; they get it.
    let tlsh (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let hash = if isTlsh value then value.Slice 2 else value
        let mutable written = 0

        if hash.Length <> digits || not (Hash.isHexadecimal hash) then
            Written.fail NormaliseError.TlshMalformed
        else
            version.AsSpan().CopyTo target
            Ascii.ToUpper(hash, target.Slice 2, &written) |> ignore
            Written.ok (digits + 2)
