// The grammar of STIX patterns (STIX 2.1 §9, with what 2.0 writes otherwise: `START '…'` without the `t`). Depth and length are bounded, so no
// text can exhaust the stack. One leniency: a property's name may hold hyphens without quotes, as in `hashes.SHA-256`, which many producers write.
namespace Cti.Core

open System
open System.Globalization
open FParsec

[<RequireQualifiedAccess>]
module PatternParser =
    /// Brackets inside each other.
    [<Literal>]
    let MaxDepth = 64

    /// Characters of a pattern.
    [<Literal>]
    let MaxLength = 65_536

    // How many brackets are open.
    type private Rule<'Result> = Parser<'Result, int>

    let private isBlank (letter: char) =
        letter = ' '
        || (letter >= '\t' && letter <= '\r')
        || (letter > '\127' && (Char.IsWhiteSpace letter))

    let private blanks: Rule<unit> =
        let comment =
            (skipString "/*" >>. skipCharsTillString "*/" true MaxLength)
            <|> (skipString "//"
                 >>. skipManySatisfy (fun letter -> letter <> '\n' && letter <> '\r'))

        skipMany (skipMany1Satisfy isBlank <|> comment)

    let private isNameStart (letter: char) =
        Char.IsAsciiLetter letter || letter = '_'

    let private isNamePart (letter: char) =
        Char.IsAsciiLetterOrDigit letter || letter = '_' || letter = '-'

    let private sign (text: string) : Rule<unit> = skipString text .>> blanks

    let private word (text: string) : Rule<unit> =
        attempt (skipString text .>> notFollowedBy (satisfy isNamePart)) .>> blanks
        <?> $"`%s{text}`"

    // As written: the library's own makes LF of every line end.
    let private charsWhile (isTaken: char -> bool) : Rule<string> =
        fun stream -> Reply(stream.ReadCharsOrNewlinesWhile(isTaken, false))

    /// Between quotes, `\'` and `\\` undone.
    let private quoted: Rule<string> =
        let plain = charsWhile (fun letter -> letter <> '\'' && letter <> '\\')

        let escape =
            skipChar '\\'
            >>. (anyOf "'\\" <?> @"`\'` or `\\`: a backslash is written twice")
            |>> string

        between (skipChar '\'') (skipChar '\'' <?> "the closing quote `'`") (stringsSepBy plain escape)
        .>> blanks

    let private text: Rule<string> = quoted <?> "a text in single quotes"

    let private failing (message: string) : Rule<'Result> = fail message

    /// What stands between the quotes behind a letter, read by `read`.
    let private lettered (letter: char) (what: string) (read: string -> 'Value voption) : Rule<'Value> =
        attempt (skipChar letter >>. followedBy (skipChar '\''))
        >>. skipChar '\''
        >>. manySatisfy (fun next -> next <> '\'')
        >>= (fun inside ->
            match read inside with
            | ValueSome value -> preturn value
            | ValueNone -> failing $"`%s{inside}` is no %s{what}")
        .>> skipChar '\''
        .>> blanks

    let private tryTime (text: string) : Timestamp voption =
        let isForm =
            text.Length >= 20
            && text[10] = 'T'
            && text[text.Length - 1] = 'Z'
            && (text.Length = 20 || text[19] = '.')

        let fraction =
            if text.Length > 21 then
                text.Substring(20, text.Length - 21)
            else
                ""

        let digits =
            fraction |> Seq.forall Char.IsAsciiDigit && (text.Length = 20 || fraction <> "")

        if not (isForm && digits) then
            ValueNone
        else
            match
                DateTime.TryParseExact(
                    text.Substring(0, 19),
                    "yyyy-MM-dd'T'HH:mm:ss",
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal ||| DateTimeStyles.AdjustToUniversal
                )
            with
            | true, value ->
                let micros =
                    Int64.Parse((fraction + "000000").Substring(0, 6), CultureInfo.InvariantCulture)

                let ticks = (value.Ticks - DateTime.UnixEpoch.Ticks) / 10L
                ValueSome(Timestamp.ofMicroseconds (ticks + micros))
            | _ -> ValueNone

    let private time: Rule<Timestamp> =
        lettered 't' "point in time as `2016-01-01T00:00:00Z`" tryTime
        <?> "a time, `t'…'`"

    // Of 2.0: a text.
    let private bareTime: Rule<Timestamp> =
        text
        >>= (fun inside ->
            match tryTime inside with
            | ValueSome value -> preturn value
            | ValueNone -> failing $"`%s{inside}` is no point in time as `2016-01-01T00:00:00Z`")

    let private hex: Rule<byte[]> =
        lettered 'h' "even number of hexadecimal digits" (fun inside ->
            if inside.Length % 2 = 0 && Seq.forall Char.IsAsciiHexDigit inside then
                ValueSome(Convert.FromHexString inside)
            else
                ValueNone)

    let private binary: Rule<byte[]> =
        lettered 'b' "base64" (fun inside ->
            let target = Array.zeroCreate inside.Length

            match Convert.TryFromBase64String(inside, Span<byte> target) with
            | true, length when not (Seq.exists isBlank inside) -> ValueSome target[.. length - 1]
            | _ -> ValueNone)

    let private digits = manySatisfy Char.IsAsciiDigit

    /// Sign and digits, with a fraction or without.
    let private number: Rule<PatternLiteral> =
        let minus = (skipChar '-' >>% "-") <|> (skipChar '+' >>% "") <|> preturn ""

        let start =
            followedBy (
                satisfy (fun letter -> Char.IsAsciiDigit letter || letter = '+' || letter = '-' || letter = '.')
            )

        start
        >>. tuple3 minus digits (opt (skipChar '.' >>. many1Satisfy Char.IsAsciiDigit))
        >>= (fun (minus, whole, fraction) ->
            match fraction with
            | None when whole = "" -> failing "digits should stand here"
            | None when whole.Length > 1 && whole[0] = '0' -> failing "a whole number begins with no 0"
            | None ->
                match Int64.TryParse(minus + whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) with
                | true, value -> preturn (PatternLiteral.Integer value)
                | _ -> failing "a whole number of at most 64 bits should stand here"
            | Some fraction ->
                let written = minus + whole + "." + fraction

                let style = NumberStyles.AllowLeadingSign ||| NumberStyles.AllowDecimalPoint

                if whole.TrimStart('0').Length + fraction.Length > 28 then
                    failing "a number of at most 28 digits should stand here"
                else
                    match Decimal.TryParse(written, style, CultureInfo.InvariantCulture) with
                    | true, value -> preturn (PatternLiteral.Float value)
                    | _ -> failing "a number should stand here")
        .>> notFollowedBy (satisfy isNamePart)
        .>> blanks
        <?> "a number"

    /// What can be put in order.
    let private orderable: Rule<PatternLiteral> =
        choice
            [
                text |>> PatternLiteral.Text
                time |>> PatternLiteral.Time
                hex |>> PatternLiteral.Hex
                binary |>> PatternLiteral.Binary
                number
            ]

    let private literal: Rule<PatternLiteral> =
        choice
            [
                word "true" >>% PatternLiteral.Boolean true
                word "false" >>% PatternLiteral.Boolean false
                orderable
            ]

    let private set: Rule<PatternLiteral list> =
        between (sign "(") (sign ")") (sepBy literal (sign ","))

    let private path: Rule<PatternPath> =
        let name = many1Satisfy2 isNameStart isNamePart .>> blanks
        let property = (text <|> name) |>> PatternStep.Property <?> "the name of a property"

        let index =
            (sign "*" >>% PatternStep.Any)
            <|> (number
                 >>= (fun value ->
                     match value with
                     | PatternLiteral.Integer index when index >= -1_000_000L && index <= 1_000_000L ->
                         preturn (PatternStep.Index(int index))
                     | _ -> failing "an index is a whole number of at most a million"))

        let step = (sign "." >>. property) <|> between (sign "[") (sign "]") index

        pipe3
            (name <?> "the type of an object")
            (sign ":" <?> "`:` behind the type of an object" >>. property)
            (many step)
            (fun kind first rest -> { Object = kind; Steps = first :: rest })

    let private test: Rule<PatternTest> =
        let order (text: string) (make: PatternLiteral -> PatternTest) = sign text >>. orderable |>> make

        choice
            [
                (sign "==" <|> sign "=") >>. literal |>> PatternTest.Equal
                (sign "!=" <|> sign "<>") >>. literal |>> PatternTest.NotEqual
                order "<=" PatternTest.LessOrEqual
                order ">=" PatternTest.GreaterOrEqual
                order "<" PatternTest.Less
                order ">" PatternTest.Greater
                word "IN" >>. set |>> PatternTest.In
                word "LIKE" >>. text |>> PatternTest.Like
                word "MATCHES" >>. text |>> PatternTest.Matches
                word "ISSUBSET" >>. text |>> PatternTest.IsSubset
                word "ISSUPERSET" >>. text |>> PatternTest.IsSuperset
            ]
        <?> "a comparison such as `=`"

    let private negation: Rule<bool> = (word "NOT" >>% true) <|> preturn false

    /// One level of brackets: counted, so that the stack is bounded.
    let private nested (inner: Rule<'Result>) : Rule<'Result> =
        let enter =
            getUserState
            >>= (fun depth ->
                if depth >= MaxDepth then
                    failFatally $"brackets stand inside each other more than %d{MaxDepth} deep"
                else
                    setUserState (depth + 1))

        between (sign "(" >>. enter) (sign ")" >>. updateUserState (fun depth -> depth - 1)) inner

    let private listOf (make: 'Item list -> 'Item) (item: Rule<'Item>) (joint: Rule<unit>) : Rule<'Item> =
        sepBy1 item joint
        |>> (fun items ->
            match items with
            | [ only ] -> only
            | several -> make several)

    let private comparison: Rule<PatternComparison> =
        let expression, forward = createParserForwardedToRef<PatternComparison, int>()

        let exists =
            attempt (negation .>> word "EXISTS") .>>. path
            |>> (fun (isNegated, where) -> PatternComparison.Test(where, isNegated, PatternTest.Exists))

        let compared = tuple3 path negation test |>> PatternComparison.Test

        let item = nested expression <|> exists <|> compared

        forward.Value <- listOf PatternComparison.Or (listOf PatternComparison.And item (word "AND")) (word "OR")

        expression

    let private qualifier: Rule<PatternQualifier> =
        let repeats =
            word "REPEATS" >>. number .>> word "TIMES"
            >>= (fun value ->
                match value with
                | PatternLiteral.Integer times when times > 0L -> preturn (PatternQualifier.Repeats times)
                | _ -> failing "`REPEATS` takes a whole number above 0")

        let within =
            word "WITHIN" >>. number .>> word "SECONDS"
            >>= (fun value ->
                match value with
                | PatternLiteral.Integer seconds when seconds > 0L ->
                    preturn (PatternQualifier.Within(decimal seconds))
                | PatternLiteral.Float seconds when seconds > 0m -> preturn (PatternQualifier.Within seconds)
                | _ -> failing "`WITHIN` takes a number above 0")

        let startStop =
            word "START" >>. (time <|> bareTime) .>>. (word "STOP" >>. (time <|> bareTime))
            |>> PatternQualifier.StartStop

        choice [ repeats; within; startStop ]

    let private kindOf (qualifier: PatternQualifier) =
        match qualifier with
        | PatternQualifier.Repeats _ -> "REPEATS"
        | PatternQualifier.Within _ -> "WITHIN"
        | PatternQualifier.StartStop _ -> "START"

    let private qualified (item: Rule<PatternObservation>) : Rule<PatternObservation> =
        item .>>. many qualifier
        >>= (fun (inner, qualifiers) ->
            match qualifiers |> List.countBy kindOf |> List.tryFind (fun (_, count) -> count > 1), qualifiers with
            | Some(kind, _), _ -> failing $"`%s{kind}` stands there twice"
            | None, [] -> preturn inner
            | None, some -> preturn (PatternObservation.Qualified(inner, some)))

    let private observation: Rule<PatternObservation> =
        let expression, forward = createParserForwardedToRef<PatternObservation, int>()

        let one =
            between (sign "[") (sign "]") comparison |>> PatternObservation.One <?> "`[`"

        let item = qualified (one <|> nested expression)

        forward.Value <-
            listOf
                PatternObservation.FollowedBy
                (listOf PatternObservation.Or (listOf PatternObservation.And item (word "AND")) (word "OR"))
                (word "FOLLOWEDBY")

        expression

    let private whole = blanks >>. observation .>> (eof <?> "the end of the pattern")

    /// What a parser's messages say, in one sentence.
    let private problem (error: ParserError) : string =
        let messages = ErrorMessageList.ToSortedArray error.Messages

        let expected =
            messages
            |> Array.choose (fun message ->
                match message with
                | Expected label -> Some label
                // A comment may stand anywhere; nobody looks for one.
                | ExpectedString("/*" | "//") -> None
                | ExpectedString text -> Some $"`%s{text}`"
                | _ -> None)
            |> Array.distinct
            |> Array.sortWith (fun one other -> String.CompareOrdinal(one, other))

        let said =
            messages
            |> Array.tryPick (fun message ->
                match message with
                | Message text -> Some text
                | _ -> None)

        match said with
        | Some text -> text
        | None when expected.Length = 0 -> "it is no pattern from here on"
        | None -> "here should stand " + String.Join(" or ", expected)

    /// Reads a pattern. The inverse of `PatternPrinter.print`: what is printed is read as the same value.
    let parse (text: string) : Result<PatternObservation, PatternError> =
        if text.Length > MaxLength then
            Result.Error
                {
                    Column = MaxLength + 1
                    Problem = $"it is longer than %d{MaxLength} characters"
                }
        else
            match runParserOnString whole 0 "" text with
            | Success(pattern, _, _) -> Result.Ok pattern
            | Failure(_, error, _) ->
                Result.Error
                    {
                        Column = int error.Position.Index + 1
                        Problem = problem error
                    }
