// How far a source is believed, and how far what it says may travel.
namespace Cti.Core

/// Traffic Light Protocol 2.0 (FIRST), ordered: what a sink may see is everything at or below its `max_tlp`.
[<Struct; RequireQualifiedAccess>]
type Tlp =
    | Clear
    | Green
    | Amber
    | AmberStrict
    | Red

[<RequireQualifiedAccess>]
module Tlp =
    let all = [| Tlp.Clear; Tlp.Green; Tlp.Amber; Tlp.AmberStrict; Tlp.Red |]

    /// The stored code, 0 (clear) to 4 (red); order of codes = order of secrecy.
    let code (tlp: Tlp) : byte =
        match tlp with
        | Tlp.Clear -> 0uy
        | Tlp.Green -> 1uy
        | Tlp.Amber -> 2uy
        | Tlp.AmberStrict -> 3uy
        | Tlp.Red -> 4uy

    /// The inverse of `code`. An unknown code is read as red: the safe side.
    let ofCode (code: byte) : Tlp =
        match code with
        | 0uy -> Tlp.Clear
        | 1uy -> Tlp.Green
        | 2uy -> Tlp.Amber
        | 3uy -> Tlp.AmberStrict
        | _ -> Tlp.Red

    let name (tlp: Tlp) =
        match tlp with
        | Tlp.Clear -> "clear"
        | Tlp.Green -> "green"
        | Tlp.Amber -> "amber"
        | Tlp.AmberStrict -> "amber+strict"
        | Tlp.Red -> "red"

    /// Accepts the names of TLP 2.0, and `white` of TLP 1 as clear; lower case only.
    let tryParse (text: string) : Tlp voption =
        match text with
        | "clear"
        | "white" -> ValueSome Tlp.Clear
        | "green" -> ValueSome Tlp.Green
        | "amber" -> ValueSome Tlp.Amber
        | "amber+strict" -> ValueSome Tlp.AmberStrict
        | "red" -> ValueSome Tlp.Red
        | _ -> ValueNone

/// Admiralty (NATO AJP-2.1) reliability of a source: A completely reliable … E unreliable, F cannot be judged.
[<Struct; RequireQualifiedAccess>]
type Reliability =
    | A
    | B
    | C
    | D
    | E
    | F

[<RequireQualifiedAccess>]
module Reliability =
    let all =
        [|
            Reliability.A
            Reliability.B
            Reliability.C
            Reliability.D
            Reliability.E
            Reliability.F
        |]

    let name (reliability: Reliability) =
        match reliability with
        | Reliability.A -> "A"
        | Reliability.B -> "B"
        | Reliability.C -> "C"
        | Reliability.D -> "D"
        | Reliability.E -> "E"
        | Reliability.F -> "F"

    let tryParse (text: string) : Reliability voption =
        match all |> Array.tryFind (fun reliability -> name reliability = text) with
        | Some reliability -> ValueSome reliability
        | None -> ValueNone

/// Admiralty credibility of information: 1 confirmed … 5 improbable, 6 cannot be judged.
[<Struct; RequireQualifiedAccess>]
type Credibility =
    | One
    | Two
    | Three
    | Four
    | Five
    | Six

[<RequireQualifiedAccess>]
module Credibility =
    let all =
        [|
            Credibility.One
            Credibility.Two
            Credibility.Three
            Credibility.Four
            Credibility.Five
            Credibility.Six
        |]

    let number (credibility: Credibility) =
        match credibility with
        | Credibility.One -> 1
        | Credibility.Two -> 2
        | Credibility.Three -> 3
        | Credibility.Four -> 4
        | Credibility.Five -> 5
        | Credibility.Six -> 6

    let tryOfNumber (number: int) : Credibility voption =
        if number >= 1 && number <= 6 then
            ValueSome all[number - 1]
        else
            ValueNone

/// What a pipeline declares about a source.
type Trust =
    {
        Reliability: Reliability
        Credibility: Credibility
        /// The feed's own confidence where a record brings none, 0 to 100.
        Confidence: byte
        /// The marking of records that bring none.
        Tlp: Tlp
        /// Sources of one group count once in corroboration; without a group a source stands for itself.
        Group: string voption
        /// SPDX id or name of the licence the feed is published under.
        License: string voption
    }
