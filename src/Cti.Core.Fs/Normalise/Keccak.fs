// Keccak-256 as Ethereum and Monero use it: the Keccak of 2011 with its own padding, which SHA3-256 (FIPS 202) changed. For a few bytes now
// and then; not made for speed.
namespace Cti.Core

open System
open System.Numerics
open System.Runtime.InteropServices

[<RequireQualifiedAccess>]
module internal Keccak =
    /// Bytes of a digest.
    let size = 32

    /// Bytes that `hash` needs to work in.
    let room = 240

    // Bytes taken in at a time: 1600 bits less twice the digest's.
    let private rate = 136

    // The Keccak reference, §1.2: round constants, rotation offsets and the order in which rho and pi visit the lanes.
    let private constants =
        [|
            0x0000000000000001UL
            0x0000000000008082UL
            0x800000000000808AUL
            0x8000000080008000UL
            0x000000000000808BUL
            0x0000000080000001UL
            0x8000000080008081UL
            0x8000000000008009UL
            0x000000000000008AUL
            0x0000000000000088UL
            0x0000000080008009UL
            0x000000008000000AUL
            0x000000008000808BUL
            0x800000000000008BUL
            0x8000000000008089UL
            0x8000000000008003UL
            0x8000000000008002UL
            0x8000000000000080UL
            0x000000000000800AUL
            0x800000008000000AUL
            0x8000000080008081UL
            0x8000000000008080UL
            0x0000000080000001UL
            0x8000000080008008UL
        |]

    let private rotations =
        [|
            1
            3
            6
            10
            15
            21
            28
            36
            45
            55
            2
            14
            27
            41
            56
            8
            25
            43
            62
            18
            39
            61
            20
            44
        |]

    let private visits =
        [|
            10
            7
            11
            17
            18
            3
            5
            16
            8
            21
            24
            4
            15
            23
            19
            13
            12
            2
            20
            14
            22
            9
            6
            1
        |]

    let private permute (state: Span<uint64>) (row: Span<uint64>) =
        for round in 0 .. constants.Length - 1 do
            // Theta.
            for x in 0..4 do
                row[x] <- state[x] ^^^ state[x + 5] ^^^ state[x + 10] ^^^ state[x + 15] ^^^ state[x + 20]

            for x in 0..4 do
                let change = row[(x + 4) % 5] ^^^ BitOperations.RotateLeft(row[(x + 1) % 5], 1)

                for y in 0..4 do
                    state[5 * y + x] <- state[5 * y + x] ^^^ change

            // Rho and pi.
            let mutable moved = state[1]

            for step in 0 .. visits.Length - 1 do
                let next = state[visits[step]]
                state[visits[step]] <- BitOperations.RotateLeft(moved, rotations[step])
                moved <- next

            // Chi.
            for y in 0..4 do
                for x in 0..4 do
                    row[x] <- state[5 * y + x]

                for x in 0..4 do
                    state[5 * y + x] <- row[x] ^^^ (~~~row[(x + 1) % 5] &&& row[(x + 2) % 5])

            // Iota.
            state[0] <- state[0] ^^^ constants[round]

    let private absorb (value: byte) (at: int) (bytes: Span<byte>) = bytes[at] <- bytes[at] ^^^ value

    /// Writes the digest of `input` to the start of `work`, which has `room` bytes or more and does not overlap it.
    let hash (input: ReadOnlySpan<byte>) (work: Span<byte>) =
        let bytes = work.Slice(0, room)
        bytes.Clear()
        let lanes: Span<uint64> = MemoryMarshal.Cast<byte, uint64> bytes
        let state = lanes.Slice(0, 25)
        let row = lanes.Slice(25, 5)
        let mutable at = 0

        for index in 0 .. input.Length - 1 do
            absorb input[index] at bytes
            at <- at + 1

            if at = rate then
                permute state row
                at <- 0

        absorb 1uy at bytes
        absorb 0x80uy (rate - 1) bytes
        permute state row
