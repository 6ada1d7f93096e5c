// Base58, the digits of most cryptocurrency addresses, and what is built on it: Base58Check (Bitcoin) and Monero's blocks.
namespace Cti.Core

open System
open System.Security.Cryptography

/// Which 58 digits are meant: the order differs.
[<Struct; RequireQualifiedAccess>]
type internal Base58Alphabet =
    | Bitcoin
    | Ripple

[<RequireQualifiedAccess>]
module internal Base58 =
    let private digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"B

    let private rippleDigits =
        "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"B

    let private tableOf (alphabet: byte[]) : byte[] =
        let table = Array.create 256 255uy
        alphabet |> Array.iteri (fun index digit -> table[int digit] <- byte index)
        table

    let private table = tableOf digits
    let private rippleTable = tableOf rippleDigits

    let private tableFor (alphabet: Base58Alphabet) =
        match alphabet with
        | Base58Alphabet.Bitcoin -> table
        | Base58Alphabet.Ripple -> rippleTable

    /// Whether every byte is one of Bitcoin's digits.
    let isText (value: ReadOnlySpan<byte>) : bool =
        let mutable at = 0

        while at < value.Length && table[int value[at]] <> 255uy do
            at <- at + 1

        at = value.Length

    /// Reads the number as big-endian bytes into all of `target`; false for a strange digit or a number too large. Its cost is the product of
    /// both lengths: callers bound the text (128 bytes at most).
    let read (alphabet: Base58Alphabet) (value: ReadOnlySpan<byte>) (target: Span<byte>) : bool =
        let digitOf = tableFor alphabet
        let mutable isGood = true
        let mutable at = 0
        target.Clear()

        while isGood && at < value.Length do
            let mutable carry = int digitOf[int value[at]]
            isGood <- carry < 58

            for index = target.Length - 1 downto 0 do
                carry <- carry + 58 * int target[index]
                target[index] <- byte carry
                carry <- carry >>> 8

            isGood <- isGood && carry = 0
            at <- at + 1

        isGood

    /// Leading zero digits of the text, each of which stands for a zero byte.
    let leadingZeros (alphabet: Base58Alphabet) (value: ReadOnlySpan<byte>) : int =
        let digitOf = tableFor alphabet
        let mutable count = 0

        while count < value.Length && digitOf[int value[count]] = 0uy do
            count <- count + 1

        count

    // Leading zero bytes.
    let private zeros (bytes: ReadOnlySpan<byte>) : int =
        let found = bytes.IndexOfAnyExcept 0uy
        if found < 0 then bytes.Length else found

    /// Reads exactly `target.Length` bytes, leading zeros among them.
    let readExactly (alphabet: Base58Alphabet) (value: ReadOnlySpan<byte>) (target: Span<byte>) : bool =
        read alphabet value target
        && leadingZeros alphabet value = zeros (Span<byte>.op_Implicit target)

    /// Bytes of a checksum.
    let checksum = 4

    /// Reads `target.Length` bytes of which the last four are the first of SHA-256 twice over the others (Base58Check). `work` has 64 bytes.
    let readChecked
        (alphabet: Base58Alphabet)
        (value: ReadOnlySpan<byte>)
        (target: Span<byte>)
        (work: Span<byte>)
        : bool =
        if not (readExactly alphabet value target) then
            false
        else
            let body: ReadOnlySpan<byte> =
                Span<byte>.op_Implicit(target.Slice(0, target.Length - checksum))

            let once = work.Slice(0, 32)
            let twice = work.Slice(32, 32)
            SHA256.HashData(body, once) |> ignore
            SHA256.HashData(Span<byte>.op_Implicit once, twice) |> ignore

            let expected: ReadOnlySpan<byte> = Span<byte>.op_Implicit(twice.Slice(0, checksum))
            let found: ReadOnlySpan<byte> = Span<byte>.op_Implicit(target.Slice body.Length)
            found.SequenceEqual expected

    // Monero's blocks: eleven digits hold eight bytes, the seven digits at an address's end five.
    let private blockDigits = 11
    let private blockBytes = 8

    /// Reads Monero's blocks; `target` has five bytes more than a multiple of eight, `value` seven digits more than as many elevens.
    let readBlocks (value: ReadOnlySpan<byte>) (target: Span<byte>) : bool =
        let blocks = target.Length / blockBytes
        let mutable isGood = true
        let mutable block = 0

        while isGood && block < blocks do
            isGood <-
                read
                    Base58Alphabet.Bitcoin
                    (value.Slice(block * blockDigits, blockDigits))
                    (target.Slice(block * blockBytes, blockBytes))

            block <- block + 1

        isGood
        && read Base58Alphabet.Bitcoin (value.Slice(blocks * blockDigits)) (target.Slice(blocks * blockBytes))
