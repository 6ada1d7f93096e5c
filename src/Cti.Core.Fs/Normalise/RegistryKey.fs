// Windows registry keys: the hive's name in full (STIX 2.1 §6.17 asks for it), the rest in the case it has.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal RegistryKey =
    // How hives are written, in lower case, and their names. Longer spellings before those they begin with.
    let private hives: struct (byte[] * byte[])[] =
        [|
            struct ("hkey_local_machine"B, "HKEY_LOCAL_MACHINE"B)
            struct ("hkey_current_user"B, "HKEY_CURRENT_USER"B)
            struct ("hkey_classes_root"B, "HKEY_CLASSES_ROOT"B)
            struct ("hkey_users"B, "HKEY_USERS"B)
            struct ("hkey_current_config"B, "HKEY_CURRENT_CONFIG"B)
            struct ("hkey_performance_data"B, "HKEY_PERFORMANCE_DATA"B)
            struct ("hklm"B, "HKEY_LOCAL_MACHINE"B)
            struct ("hkcu"B, "HKEY_CURRENT_USER"B)
            struct ("hkcr"B, "HKEY_CLASSES_ROOT"B)
            struct ("hkcc"B, "HKEY_CURRENT_CONFIG"B)
            struct ("hkpd"B, "HKEY_PERFORMANCE_DATA"B)
            struct ("hku"B, "HKEY_USERS"B)
            struct ("\\registry\\machine"B, "HKEY_LOCAL_MACHINE"B)
            struct ("\\registry\\user"B, "HKEY_USERS"B)
        |]

    // What tools put in front: regedit's address bar, PowerShell's provider.
    let private computer = "computer\\"B
    let private provider = "registry::"B
    let private spelled = "hk"B

    /// Whether a value begins as a registry key does.
    let isSpelled (value: ReadOnlySpan<byte>) : bool =
        Text.startsWithLower value spelled && value.Contains '\\'B

    let private withoutFront (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let rest = Text.trim value

        // `[HKEY_…]` in .reg files.
        let rest =
            if rest.Length > 1 && rest[0] = '['B && rest[rest.Length - 1] = ']'B then
                Text.trim (rest.Slice(1, rest.Length - 2))
            else
                rest

        if Text.startsWithLower rest computer then
            rest.Slice computer.Length
        elif Text.startsWithLower rest provider then
            rest.Slice provider.Length
        else
            rest

    // The index of the hive that `value` begins with: its spelling, a colon (as PowerShell has it) or not, a backslash.
    let private findHive (value: ReadOnlySpan<byte>) : int =
        let mutable index = 0
        let mutable found = -1

        while found < 0 && index < hives.Length do
            let struct (spelling, _) = hives[index]

            if Text.startsWithLower value spelling then
                let rest = value.Slice spelling.Length

                if
                    (rest.Length > 0 && rest[0] = '\\'B)
                    || (rest.Length > 1 && rest[0] = ':'B && rest[1] = '\\'B)
                then
                    found <- index

            index <- index + 1

        found

    // Without backslashes and blanks at the end.
    let rec private withoutEnd (value: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        let rest = Text.trim value

        if rest.Length > 0 && rest[rest.Length - 1] = '\\'B then
            withoutEnd (rest.Slice(0, rest.Length - 1))
        else
            rest

    /// Writes the key below its hive. One backslash where there were several, none at the end. A value's name and data are no part of a key.
    let normalise (value: ReadOnlySpan<byte>) (target: Span<byte>) : Written =
        let key = withoutFront value
        let error = FreeText.check key
        let index = findHive key

        if not error.IsNone then
            Written.fail error
        elif index < 0 then
            Written.fail NormaliseError.RegistryHive
        elif key.Contains '|'B then
            Written.fail NormaliseError.RegistryValue
        else
            let struct (spelling, name) = hives[index]
            let rest = key.Slice spelling.Length
            let rest = if rest[0] = ':'B then rest.Slice 1 else rest
            name.AsSpan().CopyTo target
            let mutable size = name.Length

            for at in 0 .. rest.Length - 1 do
                if rest[at] <> '\\'B || target[size - 1] <> '\\'B then
                    target[size] <- rest[at]
                    size <- size + 1

            size <- (withoutEnd (Span<byte>.op_Implicit(target.Slice(0, size)))).Length

            if size = name.Length then
                Written.fail NormaliseError.RegistryHive
            else
                Written.ok size
