// Binds a mapping to the columns of one source: names become numbers, and what does not fit is said all at once.
namespace Cti.Core

open System
open System.Collections.Generic

[<RequireQualifiedAccess>]
module MapPlan =
    /// Binds a mapping to a source's columns (empty: the source has no header). All errors at once.
    let bind (spec: MapSpec) (columns: string[]) : Result<BoundMap, MapError list> =
        let errors = List<MapError>()

        let resolve (reference: FieldRef) : int =
            match reference with
            | FieldRef.Name name ->
                match Array.IndexOf(columns, name) with
                | -1 ->
                    errors.Add(
                        if columns.Length = 0 then
                            MapError.NoNames name
                        else
                            MapError.UnknownField(name, List.ofArray columns)
                    )

                    -1
                | index -> index
            | FieldRef.Column column ->
                if column < 1 || (columns.Length > 0 && column > columns.Length) then
                    errors.Add(MapError.UnknownColumn(column, columns.Length))

                column - 1

        let resolveTime (rule: TimeRule voption) =
            match rule with
            | ValueSome rule -> resolve rule.Field
            | ValueNone -> -1

        let fieldsOf (template: MapTemplate) : TemplateFields =
            {
                Value = resolve template.Value.Field
                Append =
                    template.Value.Append
                    |> List.map (fun part ->
                        match part with
                        | ValuePart.Field field -> resolve field
                        | ValuePart.Const _ -> -1)
                    |> List.toArray
                When =
                    match template.When with
                    | ValueSome condition -> condition.Columns |> List.map (FieldRef.Name >> resolve) |> List.toArray
                    | ValueNone -> [||]
                Type =
                    match template.Type with
                    | TypeRule.Field column -> resolve column.Field
                    | TypeRule.Auto
                    | TypeRule.Fixed _ -> -1
                FirstSeen = resolveTime template.FirstSeen
                LastSeen = resolveTime template.LastSeen
                Ended = resolveTime template.Ended
                Labels =
                    template.Labels
                    |> List.map (fun rule ->
                        match rule with
                        | LabelRule.Field(field, _) -> resolve field
                        | LabelRule.Const _ -> -1)
                    |> List.toArray
                Confidence =
                    match template.Confidence with
                    | ConfidenceRule.Field(field, _) -> resolve field
                    | ConfidenceRule.Default
                    | ConfidenceRule.Const _ -> -1
                Tlp =
                    match template.Tlp with
                    | TlpRule.Field(field, _) -> resolve field
                    | TlpRule.Default
                    | TlpRule.Const _ -> -1
                Source =
                    match template.Source with
                    | ValueSome field -> resolve field
                    | ValueNone -> -1
                Description =
                    match template.Description with
                    | ValueSome(DescriptionRule.Field field) -> resolve field
                    | ValueSome(DescriptionRule.Const _)
                    | ValueNone -> -1
                References =
                    template.References
                    |> List.map (fun rule ->
                        match rule with
                        | ReferenceRule.Field(field, _) -> resolve field
                        | ReferenceRule.Const _ -> -1)
                    |> List.toArray
            }

        let bound =
            spec.Templates
            |> List.mapi (fun index template -> BoundTemplate(index, template, fieldsOf template, spec.Trust))
            |> List.toArray

        if bound.Length = 0 then
            errors.Add MapError.NoTemplates

        if errors.Count > 0 then
            Error(errors |> Seq.distinct |> Seq.toList)
        else
            Ok(BoundMap(spec, bound))
