// What a run of labels with dots is: an address (with a port, a prefix), a host, a URL without a scheme, an e-mail address, the name of a file, an
// ATT&CK technique, or nothing: a version, a name in a program.
namespace Cti.Core

open System

[<Sealed; AllowNullLiteral(false)>]
type internal HostScan(state: ScanState, run: DotRun, urls: UrlScan) =
    // Labels with which the names of program packages begin, written from the root down.
    static let roots =
        NameTable.ofTexts [ "com org net io edu gov de android androidx java javax kotlin sun jdk apple" ]

    // Under these, plain names are hosts whatever stands around them.
    static let firm =
        NameTable.ofTexts
            [
                "com net org info biz ru cn io edu gov mil int eu uk de fr jp br onion xyz top club online site"
            ]

    // Extensions of files that are top-level domains too, and more often the former.
    static let fileFirst =
        NameTable.ofTexts [ "zip sh py rs so ps md mov cab cat pm inc java" ]

    // First labels of what products call malware: `Trojan.Win32.Agent.bat`.
    static let detections =
        NameTable.ofTexts
            [
                "trojan trojandownloader trojandropper trojanspy backdoor ransom ransomware worm virus exploit hacktool riskware adware spyware"
                "pua heur win32 win64 w32 w64 msil malware generic gen not-a-virus"
            ]

    let addresses = AddressScan(state, run, urls)
    let lower: byte[] = Array.zeroCreate 64
    let canonical: byte[] = Array.zeroCreate DomainName.room

    // The last label in lower case, cut at 63 bytes.
    let lastLabel () : ReadOnlySpan<byte> =
        let label = state.Clean(run.LastLabel, state.Length)
        let size = min label.Length 63

        for at in 0 .. size - 1 do
            lower[at] <- Text.lower label[at]

        let plain = ReadOnlySpan<byte>(lower, 0, size)

        if not (plain.ContainsAnyInRange(0x80uy, 0xFFuy)) then
            plain
        else
            // In another script: as the A-label that the table has.
            let written = DomainName.normalise state.Candidate (Span<byte> canonical)
            let name = ReadOnlySpan<byte>(canonical, 0, written.Length)
            name.Slice(name.LastIndexOf '.'B + 1)

    let isUpper (text: ReadOnlySpan<byte>) =
        text.ContainsAnyInRange('A'B, 'Z'B) && not (text.ContainsAnyInRange('a'B, 'z'B))

    // Whether the candidate is what a product calls malware rather than a file.
    let isDetection () : bool =
        let first = state.Candidate.Slice(0, state.Candidate.IndexOf '.'B)
        let size = min first.Length 63

        for at in 0 .. size - 1 do
            lower[at] <- Text.lower first[at]

        run.Labels > 2 && detections.Contains(ReadOnlySpan<byte>(lower, 0, size))

    // Bytes of ideographs in front of ASCII in the first label: text without blanks that goes on into a name; 0: none.
    let ideographs () : int =
        let name = state.Candidate
        let mutable at = 0

        while at + 2 < name.Length && ByteClass.isIdeograph name[at] do
            at <- at + 3

        if at > 0 && at < name.Length && name[at] < 0x80uy && name[at] <> '.'B then
            at
        else
            0

    // A name of two labels or more that may be a host's.
    member private _.IsHostLike(start: int, finish: int, label: ReadOnlySpan<byte>) : bool =
        let name = state.Candidate
        let first = name.Slice(0, name.IndexOf '.'B)
        let written = name.Slice run.LastLabel
        // `com.vendor.product`, `java.lang`
        let isPackage = roots.Contains first && not (firm.Contains label)
        // `System.IO`, `Win32.Agent`: a host has its TLD in capitals only when it is in capitals all through.
        let isOddCase = written.ContainsAnyInRange('A'B, 'Z'B) && not (isUpper name)
        let before = if start > state.Start then state.At(start - 1) else 0uy
        let beforeThat = state.At(start - 2)

        let isPart =
            (before = '/'B && beforeThat <> '/'B)
            || before = '\\'B
            || before = '$'B
            || before = '#'B
            || before = '@'B
            || before = '.'B
            || before = '%'B

        let isCall = state.At finish = '('B
        not isPackage && not isOddCase && not isPart && not isCall

    // The name of a file at `[start, finish)`; a hash as its stem is what matters.
    member private _.File(start: int, finish: int, traits: MatchTraits) : int =
        let stem = run.FirstEnd - start

        if
            run.Labels = 2
            && (Hash.ofLength stem).IsSome
            && Hash.isHexadecimal (state.Clean(0, stem))
        then
            let kind = (Hash.ofLength stem).Value
            state.Emit(kind, 0, stem, start, run.FirstEnd, traits) |> ignore
        else
            state.Emit(ObservableType.FileName, start, finish, traits) |> ignore

        finish

    member private this.Name(start: int, finish: int) : int =
        let ahead = ideographs ()

        if ahead > 0 && TopLevelDomains.isKnown (lastLabel ()) && not run.IsDefanged then
            let inner = run.LastLabel
            state.Clear()
            state.Copy(start + ahead, finish)
            run.LastLabel <- max 0 (inner - ahead)
            this.PlainName(start + ahead, finish)
        else
            this.PlainName(start, finish)

    member private this.PlainName(start: int, finish: int) : int =
        let label = lastLabel ()

        let isTld = TopLevelDomains.isKnown label
        let kind = FileExtensions.kindOf label
        let isFile = kind <> ExtensionKind.Unknown
        let before = if start > state.Start then state.At(start - 1) else 0uy
        let port = addresses.PortLength finish

        if run.HasDotWord && not (firm.Contains label) then
            finish
        elif run.IsDefanged && isTld then
            if
                addresses.HasPath(finish + port)
                || (state.At(finish + port) = '/'B && not (state.IsWord(finish + port + 1)))
            then
                urls.WithoutScheme start
            else
                state.Emit(ObservableType.Domain, start, finish, MatchTraits.Defanged) |> ignore
                finish + port
        elif isFile && (not isTld || (fileFirst.Contains label && not state.ExpectsHosts)) then
            if
                before = '@'B
                || before = '$'B
                || before = '.'B
                || (state.At finish = '('B && kind = ExtensionKind.Written)
                || isDetection ()
                || ((before = '/'B || before = '\\'B)
                    && (kind <> ExtensionKind.Active || not (ByteClass.isWordByte (state.At(start - 2)))))
            then
                finish
            else
                this.File(start, finish, MatchTraits.ofSpelling run.IsDefanged)
        elif isTld && this.IsHostLike(start, finish, label) then
            let isFirm = firm.Contains label

            let traits =
                if
                    not isFirm
                    && (TopLevelDomains.isWord label || isFile || (run.Labels = 2 && run.LastLabel <= 3))
                then
                    MatchTraits.Doubtful
                else
                    MatchTraits.None

            if addresses.HasPath(finish + port) && traits = MatchTraits.None then
                urls.WithoutScheme start
            else
                state.Emit(ObservableType.Domain, start, finish, traits) |> ignore
                finish + port
        else
            finish

    // `T1059.001`
    member private _.IsTechnique(start: int) : bool =
        run.Labels = 2
        && state.Length = 9
        && state.At start = 'T'B
        && run.FirstEnd - start = 5

    // The bytes of an at sign in any spelling at `at`; 0: none.
    member private _.AtSign(at: int) : int =
        if state.At at = '@'B then
            1
        elif Bracketed.isOpening (state.At at) then
            let struct (size, meant) = Bracketed.read state at
            if meant = '@'B then size else 0
        elif state.At at = ' 'B && Bracketed.isOpening (state.At(at + 1)) then
            let struct (size, meant) = Bracketed.read state (at + 1)

            if meant = '@'B then
                (if state.At(at + 1 + size) = ' 'B then
                     size + 2
                 else
                     size + 1)
            else
                0
        else
            0

    // The local part has been read as the candidate; gives the byte behind the address, or behind what was looked at.
    member private _.Email(start: int, finish: int, sign: int) : int =
        // `first+second@`: what stands before a plus sign is part of it.
        let mutable first = start
        let isDefanged = run.IsDefanged || sign > 1

        if start > state.Start && state.At(start - 1) = '+'B then
            let mutable from = start - 1

            while from > state.Start
                  && start - from < 64
                  && (ByteClass.isWordByte (state.At(from - 1))
                      || state.At(from - 1) = '.'B
                      || state.At(from - 1) = '+'B) do
                from <- from - 1

            if not run.IsDefanged then
                first <- from
                state.Clear()
                state.Copy(from, finish)

        state.Append '@'B
        let host = finish + sign
        run.Read host
        let label = lastLabel ()

        if run.Labels > 1 && not run.IsNumeric && TopLevelDomains.isKnown label then
            state.Emit(ObservableType.Email, first, run.End, MatchTraits.ofSpelling (isDefanged || run.IsDefanged))
            |> ignore

        run.End

    /// Reads the run that begins at `start` and keeps what it is; gives the byte behind it.
    member this.Run(start: int) : int =
        let range =
            if Text.isDigit (state.At start) then
                addresses.RangeEnd start
            else
                -1

        if range > 0 then
            state.Clear()
            state.Copy(start, range)
            state.Emit(ObservableType.Ipv4, start, range, MatchTraits.None) |> ignore
            range + 1
        else
            this.WholeRun start

    member private this.WholeRun(start: int) : int =
        state.Clear()
        run.Read start
        let finish = run.End
        let sign = this.AtSign finish

        if sign > 0 && state.IsWord(finish + sign) && not state.IsFull then
            this.Email(start, finish, sign)
        elif state.IsFull || run.Labels < 2 then
            finish
        elif run.IsNumeric then
            if run.Labels = 4 && state.Length <= 15 then
                addresses.Read(start, finish)
            else
                finish
        elif
            this.IsTechnique start
            && state.Emit(ObservableType.AttackId, start, finish, MatchTraits.None)
        then
            finish
        elif state.Length > 300 then
            finish
        else
            // Emphasis around the whole: `_name.dll_`.
            let isEmphasised =
                state.At start = '_'B && state.At(finish - 1) = '_'B && state.Length > 3

            if isEmphasised then
                let inner = run.LastLabel
                state.Clear()
                state.Copy(start + 1, finish - 1)
                run.LastLabel <- max 0 (inner - 1)
                this.Name(start + 1, finish - 1) |> max finish
            else
                this.Name(start, finish)
