// SHA-1 of 8 or 16 messages at once. One message is a chain of dependent rounds, so a core idles while it hashes; different
// messages depend on nothing of each other. Word i of all messages stands in one vector, and every vector instruction does
// one step of all of them. Per id at 16 lanes this takes a fifth of the time of one message after the other (docs/performance.md).
namespace Cti.Core

open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86

/// The rounds, once for both widths: inlined with the vector type and its operations put in.
module internal Sha1Rounds =
    /// Folds one block per lane into `state` (5 vectors). `ring` holds the blocks, word by word, and is overwritten.
    /// `select mask left right` takes bits of left where mask is set; `rotate value count` turns each lane left.
    let inline compress
        ([<InlineIfLambda>] rotate: 'V -> int -> 'V)
        ([<InlineIfLambda>] select: 'V -> 'V -> 'V -> 'V)
        ([<InlineIfLambda>] broadcast: uint32 -> 'V)
        (state: 'V[])
        (ring: 'V[])
        =
        let mutable a = state[0]
        let mutable b = state[1]
        let mutable c = state[2]
        let mutable d = state[3]
        let mutable e = state[4]
        let mutable constant = broadcast 0x5A827999u
        let mutable round = 0

        while round < 16 do
            let next = rotate a 5 + select b c d + e + constant + ring[round]
            e <- d
            d <- c
            c <- rotate b 30
            b <- a
            a <- next
            round <- round + 1

        while round < 80 do
            let word =
                rotate
                    (ring[(round + 13) &&& 15]
                     ^^^ ring[(round + 8) &&& 15]
                     ^^^ ring[(round + 2) &&& 15]
                     ^^^ ring[round &&& 15])
                    1

            ring[round &&& 15] <- word

            let mix =
                if round < 20 then
                    select b c d
                elif round < 40 then
                    b ^^^ c ^^^ d
                elif round < 60 then
                    // The majority: where b and c differ it is d's bit, elsewhere b's.
                    select (b ^^^ c) d b
                else
                    b ^^^ c ^^^ d

            if round = 20 then
                constant <- broadcast 0x6ED9EBA1u
            elif round = 40 then
                constant <- broadcast 0x8F1BBCDCu
            elif round = 60 then
                constant <- broadcast 0xCA62C1D6u

            let next = rotate a 5 + mix + e + constant + word
            e <- d
            d <- c
            c <- rotate b 30
            b <- a
            a <- next
            round <- round + 1

        state[0] <- state[0] + a
        state[1] <- state[1] + b
        state[2] <- state[2] + c
        state[3] <- state[3] + d
        state[4] <- state[4] + e

/// Sixteen lanes on 512-bit vectors (AVX-512).
module internal Sha1Lanes16 =
    // One instruction where the machine has it; the branch is decided when the method is compiled.
    let inline private rotate (value: Vector512<uint32>) (count: int) =
        if Avx512F.IsSupported then
            Avx512F.RotateLeft(value, byte count)
        else
            Vector512.BitwiseOr(Vector512.ShiftLeft(value, count), Vector512.ShiftRightLogical(value, 32 - count))

    let compress (state: Vector512<uint32>[]) (ring: Vector512<uint32>[]) =
        Sha1Rounds.compress
            (fun value count -> rotate value count)
            (fun mask left right -> Vector512.ConditionalSelect(mask, left, right))
            (fun (value: uint32) -> Vector512.Create value)
            state
            ring

/// Eight lanes on 256-bit vectors (AVX2).
module internal Sha1Lanes8 =
    let inline private rotate (value: Vector256<uint32>) (count: int) =
        if Avx512F.VL.IsSupported then
            Avx512F.VL.RotateLeft(value, byte count)
        else
            Vector256.BitwiseOr(Vector256.ShiftLeft(value, count), Vector256.ShiftRightLogical(value, 32 - count))

    let compress (state: Vector256<uint32>[]) (ring: Vector256<uint32>[]) =
        Sha1Rounds.compress
            (fun value count -> rotate value count)
            (fun mask left right -> Vector256.ConditionalSelect(mask, left, right))
            (fun (value: uint32) -> Vector256.Create value)
            state
            ring
