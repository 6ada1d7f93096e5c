// SHA-1 (FIPS 180-4 §6.1.2), one message at a time: the reference the multi-buffer paths must agree with, and the path of
// machines without wide vectors. Used for name-based UUIDs only (RFC 9562 §5.5 asks for SHA-1), never for security.
namespace Cti.Core

open System
open System.Buffers.Binary
open System.Numerics

[<RequireQualifiedAccess>]
module Sha1 =
    /// The hash value before the first block (FIPS 180-4 §5.3.1).
    let initial = [| 0x67452301u; 0xEFCDAB89u; 0x98BADCFEu; 0x10325476u; 0xC3D2E1F0u |]

    /// The round constants, one per twenty rounds (FIPS 180-4 §4.2.1).
    let constants = [| 0x5A827999u; 0x6ED9EBA1u; 0x8F1BBCDCu; 0xCA62C1D6u |]

    /// Folds one block into `state` (5 words). `words` holds the block as 16 big-endian words and is overwritten: it is the
    /// ring in which the message schedule runs (FIPS 180-4 §6.1.3), which saves the 80-word array.
    let compress (state: Span<uint32>) (words: Span<uint32>) =
        let mutable a = state[0]
        let mutable b = state[1]
        let mutable c = state[2]
        let mutable d = state[3]
        let mutable e = state[4]

        for round in 0..79 do
            if round >= 16 then
                words[round &&& 15] <-
                    BitOperations.RotateLeft(
                        words[(round + 13) &&& 15]
                        ^^^ words[(round + 8) &&& 15]
                        ^^^ words[(round + 2) &&& 15]
                        ^^^ words[round &&& 15],
                        1
                    )

            let mix =
                if round < 20 then
                    (d ^^^ (b &&& (c ^^^ d))) + 0x5A827999u
                elif round < 40 then
                    (b ^^^ c ^^^ d) + 0x6ED9EBA1u
                elif round < 60 then
                    ((b &&& c) ||| (d &&& (b ||| c))) + 0x8F1BBCDCu
                else
                    (b ^^^ c ^^^ d) + 0xCA62C1D6u

            let next = BitOperations.RotateLeft(a, 5) + mix + e + words[round &&& 15]
            e <- d
            d <- c
            c <- BitOperations.RotateLeft(b, 30)
            b <- a
            a <- next

        state[0] <- state[0] + a
        state[1] <- state[1] + b
        state[2] <- state[2] + c
        state[3] <- state[3] + d
        state[4] <- state[4] + e

    /// The 20 bytes of the digest of `message`, into `target`.
    let hash (message: ReadOnlySpan<byte>) (target: Span<byte>) =
        let blocks = (message.Length + 72) / 64
        let padded = Array.zeroCreate<byte>(blocks * 64)
        message.CopyTo(Span<byte> padded)
        padded[message.Length] <- 0x80uy
        BinaryPrimitives.WriteUInt64BigEndian(Span<byte>(padded, padded.Length - 8, 8), uint64 message.Length * 8UL)
        let state = Array.copy initial
        let words = Array.zeroCreate<uint32> 16

        for block in 0 .. blocks - 1 do
            for word in 0..15 do
                words[word] <-
                    BinaryPrimitives.ReadUInt32BigEndian(ReadOnlySpan<byte>(padded, block * 64 + word * 4, 4))

            compress (Span<uint32> state) (Span<uint32> words)

        for word in 0..4 do
            BinaryPrimitives.WriteUInt32BigEndian(target.Slice(word * 4), state[word])
