// Bech32 and Bech32m (BIP-173, BIP-350), the digits of newer Bitcoin and Litecoin addresses, and Bitcoin Cash's kin of them (CashAddr).
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal Bech32 =
    let private digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"B

    let private table: byte[] =
        let table = Array.create 256 255uy
        digits |> Array.iteri (fun index digit -> table[int digit] <- byte index)
        table

    let private generator =
        [| 0x3B6A57B2; 0x26508E6D; 0x1EA119FA; 0x3D4233DD; 0x2A1462B3 |]

    let private step (sum: int) (digit: int) : int =
        let top = sum >>> 25
        let mutable next = ((sum &&& 0x1FFFFFF) <<< 5) ^^^ digit

        for bit in 0..4 do
            if (top >>> bit) &&& 1 = 1 then
                next <- next ^^^ generator[bit]

        next

    let private bech32 = 1
    let private bech32m = 0x2BC830A3

    // Five-bit digits of the data, checksum included; -1 for a strange digit.
    let private digit (value: byte) : int =
        let found = table[int value]
        if found = 255uy then -1 else int found

    /// Whether `prefix1data` (in lower case) is a segregated witness address (BIP-173, BIP-350): version 0 in Bech32 with a program of 20 or
    /// 32 bytes, versions 1 to 16 in Bech32m with 2 to 40.
    let isWitness (prefix: byte[]) (value: ReadOnlySpan<byte>) : bool =
        let data = value.Slice(min value.Length (prefix.Length + 1))
        // Version, program, six digits of checksum; 90 characters at most.
        let program = data.Length - 7
        let bytes = program * 5 / 8

        if program < 4 || value.Length > 90 then
            false
        else
            let mutable sum = 1
            let mutable isGood = true

            for letter in prefix do
                sum <- step sum (int letter >>> 5)

            sum <- step sum 0

            for letter in prefix do
                sum <- step sum (int letter &&& 31)

            for at in 0 .. data.Length - 1 do
                let found = digit data[at]
                isGood <- isGood && found >= 0
                sum <- step sum (max found 0)

            let version = digit data[0]
            let spare = program * 5 - bytes * 8
            let last = max 0 (digit data[program])

            isGood
            && spare < 5
            && last &&& ((1 <<< spare) - 1) = 0
            && (if version = 0 then
                    sum = bech32 && (bytes = 20 || bytes = 32)
                else
                    sum = bech32m && version <= 16 && bytes >= 2 && bytes <= 40)

    let private cashGenerator =
        [| 0x98F2BC8E61L; 0x79B76D99E2L; 0xF33E5FB3C4L; 0xAE2EABE2A8L; 0x1E4F43E470L |]

    let private cashStep (sum: int64) (digit: int) : int64 =
        let top = sum >>> 35
        let mutable next = ((sum &&& 0x07FFFFFFFFL) <<< 5) ^^^ int64 digit

        for bit in 0..4 do
            if (top >>> bit) &&& 1L = 1L then
                next <- next ^^^ cashGenerator[bit]

        next

    /// Whether the data behind `prefix:` (in lower case) is an address of 20 bytes with its type byte and checksum (CashAddr).
    let isCash (prefix: byte[]) (data: ReadOnlySpan<byte>) : bool =
        if data.Length <> 42 then
            false
        else
            let mutable sum = 1L
            let mutable isGood = true

            for letter in prefix do
                sum <- cashStep sum (int letter &&& 31)

            sum <- cashStep sum 0

            for at in 0 .. data.Length - 1 do
                let found = digit data[at]
                isGood <- isGood && found >= 0
                sum <- cashStep sum (max found 0)

            isGood && sum = 1L
