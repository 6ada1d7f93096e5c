// A short fingerprint of what a source said, word for word: the same record read twice gives the same observation id, and a
// changed record a new one. Not for security: an id collision within one source, subject and event time would merge two reports.
namespace Cti.Core

open System
open System.IO.Hashing

[<RequireQualifiedAccess>]
module Payload =
    /// The part of the fingerprint that is the source's: compute once per batch. `source` is the source's name in UTF-8.
    let seed (source: ReadOnlySpan<byte>) : int64 = int64 (XxHash3.HashToUInt64 source)

    /// The fingerprint of a raw record of the source that `seed` stands for.
    let hashSeeded (seed: int64) (record: ReadOnlySpan<byte>) : uint64 = XxHash3.HashToUInt64(record, seed)

    /// The fingerprint (XXH3, 64 bits) of a source's name and one of its raw records.
    let hash (source: ReadOnlySpan<byte>) (record: ReadOnlySpan<byte>) : uint64 = hashSeeded (seed source) record
