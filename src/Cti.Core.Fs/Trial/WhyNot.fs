// Why a value that was expected did not come out: for whoever reads a failed test at night.
namespace Cti.Core.Trials

open System
open System.Text
open Cti.Core

[<RequireQualifiedAccess>]
module internal WhyNot =
    let private most = 3

    let private screened (screening: Screening) =
        let value = VisibleText.ofText screening.Value |> VisibleText.cut 100

        $"%s{value} was screened: %s{screening.Code}, list %s{screening.List}, entry %s{VisibleText.ofText screening.Entry} (%s{screening.Position.Uri} line %d{screening.Position.Line})"

    let private rejected (rejection: Rejection) =
        let what =
            if rejection.Field = "" then
                "the record"
            else
                $"field %s{rejection.Field}, `%s{VisibleText.ofText rejection.Value |> VisibleText.cut 100}`,"

        $"%s{what} was rejected: %s{rejection.Code} %s{rejection.Message} (%s{rejection.Position.Uri} line %d{rejection.Position.Line})"

    // What fell out on the way and speaks of the text.
    let private fallen (result: TrialResult) (holds: string -> bool) (original: byte[] -> bool) : string list =
        let screenings =
            result.Screenings
            |> Seq.filter (fun screening -> holds screening.Value)
            |> Seq.map screened

        let rejections =
            result.Rejections
            |> Seq.filter (fun rejection -> holds rejection.Value || original rejection.Original)
            |> Seq.map rejected

        Seq.append screenings rejections |> Seq.truncate most |> List.ofSeq

    let private canonical (value: string) =
        match Normalise.tryParse TypeHint.Auto value with
        | Ok subject when subject.Value <> value ->
            [
                $"indicators have canonical values: of `%s{VisibleText.ofText value}` that is `%s{subject.Value}`"
            ]
        | Ok _
        | Error _ -> []

    let private spelling (result: TrialResult) (value: string) =
        let values =
            Seq.init (min result.Indicators.Count 1_000) result.Indicators.Value.Text

        match Suggest.nearest values value with
        | Some near when near <> value -> [ $"did you mean `%s{VisibleText.ofText near}`?" ]
        | _ -> []

    /// What came instead, in one line, and the first things that fell out.
    let summary (result: TrialResult) : string list =
        let first =
            Seq.append (Seq.map screened result.Screenings) (Seq.map rejected result.Rejections)
            |> Seq.truncate most
            |> List.ofSeq

        $"%d{result.Records} records gave %d{result.Indicators.Count} indicators, %d{result.Screenings.Count} screenings, %d{result.Rejections.Count} dead letters"
        :: first

    /// The first losses.
    let losses (result: TrialResult) : string list =
        result.Losses.Kept
        |> Seq.map (fun loss ->
            let at =
                if loss.Position.Uri = "" then
                    ""
                else
                    $" (%s{loss.Position.Uri} line %d{loss.Position.Line})"

            $"%s{LossReason.code loss.Reason} %s{LossReason.name loss.Reason}: %s{loss.Path} `%s{VisibleText.ofText loss.Value |> VisibleText.cut 100}`%s{at}")
        |> Seq.truncate most
        |> List.ofSeq

    /// Why no indicator has this value.
    let value (result: TrialResult) (value: string) : string list =
        let bytes = Encoding.UTF8.GetBytes value

        let fallen =
            fallen
                result
                (fun other -> String.Equals(other, value, StringComparison.OrdinalIgnoreCase))
                (fun original -> ReadOnlySpan<byte>(original).IndexOf(ReadOnlySpan<byte> bytes) >= 0)

        if not (List.isEmpty fallen) then
            fallen
        else
            match canonical value @ spelling result value with
            | [] -> summary result
            | hints -> hints

    /// Why a sink lacks lines it was expected to write.
    let lines (result: TrialResult) (sink: SinkTrial) (missing: byte[] list) : string list =
        let texts = missing |> List.truncate 20 |> List.map Encoding.UTF8.GetString

        let speaks (value: string) =
            value <> ""
            && texts
               |> List.exists (fun line -> line.Contains(value, StringComparison.Ordinal))

        let leftOut =
            sink.LeftOut
            |> Seq.filter (fun left -> speaks left.Value)
            |> Seq.map (fun left -> $"%s{VisibleText.ofText left.Value} is left out: %s{left.Reason}")
            |> Seq.truncate most
            |> List.ofSeq

        leftOut @ fallen result speaks (fun _ -> false)
