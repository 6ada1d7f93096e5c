// The mapping of a source that declares none: every field that holds observables gives candidates, with the times beside them.
namespace Cti.Core

[<RequireQualifiedAccess>]
module AutoMap =
    let private reference (field: FieldGuess) : FieldRef =
        if field.Name = "" then
            FieldRef.Column field.Number
        else
            FieldRef.Name field.Name

    let private timeOf (pick: FieldRole -> string voption) (fields: FieldGuess list) : TimeRule voption =
        fields
        |> List.tryPick (fun field ->
            match pick field.Role with
            | ValueSome format ->
                match TimePattern.tryParse format 0 with
                | Ok format ->
                    Some
                        {
                            Field = reference field
                            Format = format
                            Blank = []
                        }
                | Error _ -> None
            | ValueNone -> None)
        |> Option.toValueOption

    let private guessed (recognition: Recognition) : MapTemplate list =
        let first =
            recognition.Fields
            |> timeOf (fun role ->
                match role with
                | FieldRole.FirstSeen format -> ValueSome format
                | _ -> ValueNone)

        let last =
            recognition.Fields
            |> timeOf (fun role ->
                match role with
                | FieldRole.LastSeen format -> ValueSome format
                | _ -> ValueNone)

        recognition.Fields
        |> List.choose (fun field ->
            match field.Role with
            | FieldRole.Value(_, split) ->
                let template = MapTemplate.ofValue (reference field)

                Some
                    { template with
                        Value.Split = ValueOption.toList split
                        FirstSeen = first
                        LastSeen = last
                    }
            | _ -> None)

    /// One template per field of observables, their types to be recognised value by value; none where no field holds any. The standard ones
    /// where the format has the standard fields.
    let templates (recognition: Recognition) : MapTemplate list =
        if recognition.Fields |> List.exists _.Role.IsStandard then
            StandardMap.templates
        else
            guessed recognition

    /// The mapping with its templates, where it was left to recognition; any other as it is.
    let complete (spec: MapSpec) (recognition: Recognition) : MapSpec =
        if List.isEmpty spec.Templates then
            { spec with
                Templates = templates recognition
            }
        else
            spec
