// What comes of a trial: everything a run would have stored and delivered, as a value.
namespace Cti.Core.Trials

open System.Collections.Generic
open Cti.Core
open Cti.Core.Declare

/// An indicator that a sink does not hold, and why.
type LeftOut =
    {
        Type: ObservableType
        Value: string
        Reason: string
    }

/// What a sink would write the first time.
[<NoEquality; NoComparison>]
type SinkTrial =
    {
        Name: Name
        /// Entries of a set; lines of a stream.
        Rows: int64
        /// The whole output.
        Bytes: byte[]
        Counts: StageCounts
        /// Whether a state sink's first plan would be applied without approval; `Allowed` for streams.
        Verdict: PlanVerdict
        /// The first of them, in canonical order.
        LeftOut: IReadOnlyList<LeftOut>
        /// What of the entries the format could not say.
        Losses: LossList
    }

/// A document that a source could not use as a whole.
type TrialFault =
    {
        Source: Name
        /// `CTI-MAP-1NN`, or `CTI-TEST-010` for too many records.
        Code: string
        Message: string
    }

/// Everything that came of a trial.
[<NoEquality; NoComparison>]
type TrialResult =
    {
        Now: Timestamp
        /// Account of every stage, then of every sink as `sink:NAME`.
        Books: IReadOnlyList<KeyValuePair<string, StageCounts>>
        /// Raw records, rejected ones included.
        Records: int64
        /// Distinct observations.
        Observations: int64
        /// As a viewer sees them who may see everything; in canonical order (by value, then type).
        Indicators: IndicatorBatch
        Screenings: IReadOnlyList<Screening>
        /// Originals are cut at 4,096 bytes.
        Rejections: IReadOnlyList<Rejection>
        /// What of the sources was not carried over, then of the sinks.
        Losses: LossList
        /// In the pipeline's order.
        Sinks: SinkTrial list
        Faults: IReadOnlyList<TrialFault>
    }
