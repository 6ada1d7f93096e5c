// How many bytes a packed stream of a PDF would unpack to, found without keeping any of them: what is too much is refused before the library
// makes room for it.
namespace Cti.Core

open System
open System.Collections.Generic
open System.IO
open System.IO.Compression

/// The packings that text, fonts and objects of a PDF come in (ISO 32000-1, 7.4). Those of pictures are not unpacked at all.
[<Struct; RequireQualifiedAccess>]
type internal PdfPacking =
    | Flate
    | Lzw
    | RunLength
    | Ascii

[<RequireQualifiedAccess>]
module internal PdfUnpacking =
    // zlib's two bytes in front are not read: the library does not either.
    let private flate (packed: byte[]) (limit: int64) : int64 =
        use source =
            new MemoryStream(packed, min 2 packed.Length, max 0 (packed.Length - 2))

        use unpacked = new DeflateStream(source, CompressionMode.Decompress)
        let block: byte[] = Array.zeroCreate 65_536
        let mutable total = 0L
        let mutable more = true

        while more && total <= limit do
            let count =
                try
                    unpacked.Read(block, 0, block.Length)
                with :? InvalidDataException ->
                    0

            total <- total + int64 count
            more <- count > 0

        total

    let private runLength (packed: byte[]) : int64 =
        let mutable total = 0L
        let mutable at = 0

        while at < packed.Length do
            let length = int packed[at]

            if length = 128 then
                at <- packed.Length
            elif length < 128 then
                total <- total + int64 (length + 1)
                at <- at + length + 2
            else
                total <- total + int64 (257 - length)
                at <- at + 2

        total

    let private clear = 256
    let private finish = 257
    // Codes have 12 bits at most; a table that is not cleared in time is broken.
    let private most = 4096

    // The lengths that the table's codes stand for are all that is needed.
    let private lzw (packed: byte[]) (limit: int64) : int64 =
        let lengths = List<int>(most)

        let reset () =
            lengths.Clear()

            for _ in 0..finish do
                lengths.Add 1

        reset ()
        let bits = int64 packed.Length * 8L
        let mutable at = 0L
        let mutable width = 9
        let mutable previous = -1
        let mutable total = 0L
        let mutable more = true

        let next () : int =
            let mutable code = 0

            for _ in 1..width do
                let byte = int packed[int (at >>> 3)]
                code <- (code <<< 1) ||| ((byte >>> (7 - int (at &&& 7L))) &&& 1)
                at <- at + 1L

            code

        while more && at + int64 width <= bits && total <= limit do
            let code = next ()

            if code = finish then
                more <- false
            elif code = clear then
                reset ()
                width <- 9
                previous <- -1
            else
                let known = code < lengths.Count

                if not known && previous < 0 || lengths.Count > most then
                    total <- Int64.MaxValue
                    more <- false
                else
                    if known then
                        total <- total + int64 lengths[code]
                    else
                        total <- total + int64 (lengths[previous] + 1)

                    if previous >= 0 then
                        lengths.Add(lengths[previous] + 1)

                    previous <- code

                    width <-
                        if lengths.Count >= 2047 then 12
                        elif lengths.Count >= 1023 then 11
                        elif lengths.Count >= 511 then 10
                        else 9

        total

    /// Bytes that `packed` unpacks to; counting stops soon behind `limit`.
    let size (packing: PdfPacking) (packed: byte[]) (limit: int64) : int64 =
        match packing with
        | PdfPacking.Flate -> flate packed limit
        | PdfPacking.Lzw -> lzw packed limit
        | PdfPacking.RunLength -> runLength packed
        // `z` stands for four bytes.
        | PdfPacking.Ascii -> int64 packed.Length * 4L
