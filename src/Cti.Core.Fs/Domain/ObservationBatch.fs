// Observations: one source reported one subject at one event time. What crosses from the pure stages to the store.
namespace Cti.Core

open System
open System.Collections.Generic

/// A foreign object on its way to the store.
type KeptObject =
    {
        /// See `ForeignObject`.
        Id: string
        Type: string
        /// `Timestamp.none` where the format has no versions.
        Modified: Timestamp
        Tlp: Tlp
        Position: Position
    }

/// An observation was made of a foreign object.
[<Struct>]
type Derivation =
    {
        /// Row of the observation.
        Row: int
        /// Place of the object in `Objects`.
        Object: int
    }

/// Observations of one source batch, column by column, with what fell out on the way and the account of every stage.
[<Sealed; AllowNullLiteral(false)>]
type ObservationBatch(capacity: int) =
    let mutable size = capacity
    let mutable count = 0

    member val Type: ObservableType[] = Array.zeroCreate capacity with get, set
    /// Canonical values.
    member val Value = TextColumn(capacity, 32)
    /// UUIDv5 of the subject (see Identity).
    member val Subject: Uuid[] = Array.zeroCreate capacity with get, set
    /// UUIDv5 of source, subject, event time and payload.
    member val Id: Uuid[] = Array.zeroCreate capacity with get, set
    /// When the source says the subject was first seen; never `none`, never after `EventTime`.
    member val FirstSeen: Timestamp[] = Array.zeroCreate capacity with get, set
    /// When the source says it saw the subject; the time of reading where it does not say.
    member val EventTime: Timestamp[] = Array.zeroCreate capacity with get, set
    /// Until when it is so in the words of the source, never before `EventTime`: past where the source took it back, future where it gave an
    /// end; `Timestamp.none` where it gives none, which is what a new row has.
    member val Until: Timestamp[] = Array.zeroCreate capacity with get, set
    member val Confidence: byte[] = Array.zeroCreate capacity with get, set
    member val Tlp: Tlp[] = Array.zeroCreate capacity with get, set
    member val Labels: NameSet[] = Array.zeroCreate capacity with get, set
    member val Source: string[] = Array.zeroCreate capacity with get, set
    member val Line: int64[] = Array.zeroCreate capacity with get, set
    member val Offset: int64[] = Array.zeroCreate capacity with get, set
    /// Descriptions (said at the event time) and references.
    member val Remarks = Remarks()
    /// Hash of source name and raw record; goes into `Id`.
    member val Payload: uint64[] = Array.zeroCreate capacity with get, set

    /// The source as the pipeline declares it; `Source` may name sub-sources of it.
    member val DeclaredSource = "" with get, set
    /// What was read, for positions.
    member val Uri = "" with get, set
    /// What a reader has to be told to read one of its records again, as the cursor keeps it (a JSON array of names); for dead letters.
    member val Header = "" with get, set
    /// The records' range in the source: the cursor moves to the end once the batch is committed.
    member val EndOffset = 0L with get, set
    member val EndLine = 0L with get, set
    /// Raw records this batch came from.
    member val Records = 0 with get, set
    member val Rejections = List<Rejection>()
    member val Screenings = List<Screening>()
    /// Foreign objects kept word for word, of the declared source.
    member val Objects = List<KeptObject>()
    /// Their texts, one a row.
    member val ObjectTexts = TextColumn(0, 0)
    /// Which observations were made of which objects, by object.
    member val Derivations = List<Derivation>()
    /// What of the source was not carried over.
    member val Losses = LossList()
    /// Account per stage, indexed as `Stage.all`; the store's is filled by the store.
    member val Books: StageCounts[] = Array.create Stage.all.Length StageCounts.zero

    member _.Count = count

    /// Makes room for one more observation and gives its row; the caller fills every column of it.
    member this.Add() : int =
        if count = size then
            size <- size * 2

            let resize (column: 'T[]) =
                let larger = Array.zeroCreate size
                Array.Copy(column, larger, count)
                larger

            this.Type <- resize this.Type
            this.Subject <- resize this.Subject
            this.Id <- resize this.Id
            this.FirstSeen <- resize this.FirstSeen
            this.EventTime <- resize this.EventTime
            this.Until <- resize this.Until
            this.Confidence <- resize this.Confidence
            this.Tlp <- resize this.Tlp
            this.Labels <- resize this.Labels
            this.Source <- resize this.Source
            this.Line <- resize this.Line
            this.Offset <- resize this.Offset
            this.Payload <- resize this.Payload

        this.Until[count] <- Timestamp.none
        count <- count + 1
        count - 1

    member this.Clear() =
        count <- 0
        this.Value.Clear()
        this.Remarks.Clear()
        this.Rejections.Clear()
        this.Screenings.Clear()
        this.Objects.Clear()
        this.ObjectTexts.Clear()
        this.Derivations.Clear()
        this.Losses.Clear()
        this.Records <- 0
        Array.Fill(this.Books, StageCounts.zero)
