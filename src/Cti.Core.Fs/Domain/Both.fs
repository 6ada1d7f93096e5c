// Results that do not depend on each other: all values, or all errors.
namespace Cti.Core

[<RequireQualifiedAccess>]
module internal Both =
    /// Two values, or the errors of both.
    let zip (left: Result<'A, 'E list>) (right: Result<'B, 'E list>) =
        match left, right with
        | Ok a, Ok b -> Ok struct (a, b)
        | Error errors, Ok _
        | Ok _, Error errors -> Error errors
        | Error first, Error second -> Error(first @ second)

    /// All values, or all errors.
    let all (results: Result<'T, 'E list> list) : Result<'T list, 'E list> =
        let errors =
            results
            |> List.collect (fun result ->
                match result with
                | Ok _ -> []
                | Error errors -> errors)

        if List.isEmpty errors then
            results
            |> List.collect (fun result ->
                match result with
                | Ok value -> [ value ]
                | Error _ -> [])
            |> Ok
        else
            Error errors
