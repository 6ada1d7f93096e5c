// A test of a pipeline, typed: what its sources are given and what must come of it. Knows no way to run it (that is Trial/).
namespace Cti.Core.Declare

open System
open Cti.Core
open Cti.Core.Predicates

/// What a source brings in a test.
[<RequireQualifiedAccess>]
type Given =
    /// The very bytes, as UTF-8.
    | Text of Located<string>
    /// A file beside the pipeline's, gzip or plain; the host reads it.
    | File of path: Located<string>

/// One document of one source.
type TestInput = { Source: Name; Given: Given }

/// What one field of an expected indicator must be; the fields are those of `where:`.
[<RequireQualifiedAccess>]
type FieldTest =
    | Text of TextField * string
    /// Both ends count.
    | Number of NumberField * CountRange
    | Time of TimeField * Timestamp
    /// These and no others; distinct, in order of their UTF-8 bytes.
    | Names of ListField * string list
    | Flag of FlagField * bool

/// An indicator that must be there: one of which all these hold. At least one is given.
type ExpectedIndicator =
    {
        Fields: FieldTest list
        Status: IndicatorStatus option
    }

/// A screening that must be there.
type ExpectedScreening =
    {
        /// `CTI-SCREEN-NNN`.
        Code: string
        Type: ObservableType option
        Value: string option
        List: string option
        Entry: string option
        Source: string option
    }

/// A dead letter that must be there.
type ExpectedDeadLetter =
    {
        Code: string
        Field: string option
        Value: string option
        /// Line of what was given, from 1.
        Line: int64 option
    }

/// What a test can count.
[<Struct; RequireQualifiedAccess>]
type TestCount =
    /// Raw records, rejected ones included.
    | Records
    /// Observations that a store would gain.
    | Observations
    | Indicators
    /// Values that policy said no to.
    | Screenings
    /// Inputs that could not be used.
    | DeadLetters
    /// What of the sources was not carried over, or not by the sinks.
    | Losses

[<RequireQualifiedAccess>]
module TestCount =
    let all =
        [
            TestCount.Records
            TestCount.Observations
            TestCount.Indicators
            TestCount.Screenings
            TestCount.DeadLetters
            TestCount.Losses
        ]

    /// As it is written in a test.
    let name (count: TestCount) : string =
        match count with
        | TestCount.Records -> "records"
        | TestCount.Observations -> "observations"
        | TestCount.Indicators -> "indicators"
        | TestCount.Screenings -> "screenings"
        | TestCount.DeadLetters -> "dead_letters"
        | TestCount.Losses -> "losses"

/// What must come of a test. What is not mentioned is not looked at.
type Expectations =
    {
        /// Each is matched with an indicator of its own; the empty list: there must be none.
        Indicators: Located<Located<ExpectedIndicator> list> option
        Screenings: Located<Located<ExpectedScreening> list> option
        DeadLetters: Located<Located<ExpectedDeadLetter> list> option
        /// The exact bytes a sink writes, as UTF-8.
        Sinks: (Name * Located<string>) list
        /// The file that holds the exact bytes a sink writes, relative to the pipeline's.
        Files: (Name * Located<string>) list
        Counts: (TestCount * Located<CountRange>) list
    }

/// A test of the pipeline; `cti test` runs it.
type PipelineTest =
    {
        Name: Located<string>
        /// At least one. Sources that are not named bring nothing.
        Inputs: TestInput list
        Now: DateTimeOffset
        Expect: Expectations
    }
