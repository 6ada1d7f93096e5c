// Tables of cryptocurrency addresses. Published vectors of BIP-173, BIP-350, EIP-55, CashAddr and the coins' documentation; the rest made by
// another implementation from the SHA-256 of "documentation".
module Cti.Core.Tests.Normalise.CryptoTableTests

open System
open Cti.Core
open Cti.Core.Tests.Normalise.NormaliseTableTests
open Xunit

let private same (values: string list) =
    values |> List.map (fun value -> value, value)

// EIP-55: the mixed case is the first half byte of Keccak-256 digit by digit, so these are vectors of the hash too.
let private ethereum =
    [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"
    ]

let private monero =
    [
        "4AxSQnsnu8L3vR9P9DkWV5iT1CVYRZYFdYLEHCbT69cJ4snjCkNKqn6h3UPn6DBQQajGoJSRT9R8Kj54hyGzfGF47omudvt"
        "8BnakAXdVYk3vR9P9DkWV5iT1CVYRZYFdYLEHCbT69cJ4snjCkNKqn6h3UPn6DBQQajGoJSRT9R8Kj54hyGzfGF47rYJDHk"
        "4Lf7RbhHWPr3vR9P9DkWV5iT1CVYRZYFdYLEHCbT69cJ4snjCkNKqn6h3UPn6DBQQajGoJSRT9R8Kj54hyGzfGF4B37ZpJMX3iY1DNVMYp"
        "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
    ]

let private base58 =
    [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"
        "LdjCDNg4rFr7YGUg6q5rMUUUxSfaSARQtB"
        "MSQQBbGeGcmsB8kr9fkVKj24DTBTq36DjD"
        "DPeLVRJt51WLpTy7fH67dDaKdN2bb6YPHn"
        "AAwWcYvaPZoLGzrRTvRZkDQ2bKy3vNXsrC"
        "XuC5nR28jJpeSQP6naQmvz6WaZszJ9ET8K"
        "7kuthu8r8V25NQ1uKQReqTmJpJRPce4MuY"
        "TUUSxDjxvKj1Sdr9WxkGbc6rf23cXvyEHj"
        "t1cNqxVnNjvPet6qQs7ugDGWdztVP2SZ6fS"
        "t3d4rt3GpHpi2yGXqzDaGdtsa9Qn6gYwxpY"
        "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"
        "rKWNxw4NmbchHT8Wv6aZnTQ5kNJJGYJkuZ"
    ]

let private witness =
    [
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
        "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y"
        "bc1sw50qgdz25j"
        "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs"
    ]

let private cash =
    [
        "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"
        "bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq"
    ]

[<Fact>]
let ``addresses of every coin that carry a checksum are recognised and keep their spelling`` () =
    let rows = same (ethereum @ monero @ base58 @ witness @ cash)
    table rows ObservableType.CryptoAddress
    tableAuto rows ObservableType.CryptoAddress

[<Fact>]
let ``what may be written in several ways gets one`` () =
    let first = List.head ethereum
    let bitcoin = List.head base58

    table
        [
            first.ToLowerInvariant(), first
            "0X" + first.Substring(2).ToUpperInvariant(), first
            (List.head witness).ToUpperInvariant(), List.head witness
            "bitcoin:" + bitcoin, bitcoin
            "bitcoin:" + bitcoin + "?amount=0.1&label=x", bitcoin
            "monero:" + List.head monero, List.head monero
            (List.head cash).Substring 12, List.head cash
            (List.head cash).ToUpperInvariant(), List.head cash
        ]
        ObservableType.CryptoAddress

    // Solana: 32 bytes and no checksum, so the mapping has to say it.
    table (same [ "So11111111111111111111111111111111111111112" ]) ObservableType.CryptoAddress
    rejects TypeHint.Auto "So11111111111111111111111111111111111111112" NormaliseError.Unrecognised
    rejects TypeHint.Auto (first.ToLowerInvariant()) NormaliseError.Ipv4Form

[<Fact>]
let ``one wrong character is found in every form`` () =
    for address in ethereum @ monero @ base58 @ witness @ cash do
        for at in [ address.Length - 1; address.Length / 2 ] do
            let wrong =
                if Char.IsAsciiDigit address[at] then
                    (if address[at] = '7' then '8' else '7')
                else
                    (if Char.ToLowerInvariant address[at] = 'a' then 'e' else 'a')

            let spoiled = address.Substring(0, at) + string wrong + address.Substring(at + 1)

            match Normalise.tryParse (TypeHint.Fixed ObservableType.CryptoAddress) spoiled with
            | Error NormaliseError.CryptoChecksum -> ()
            // A character outside the alphabet leaves no known form.
            | Error NormaliseError.CryptoUnknown -> ()
            | other -> Assert.Fail $"%s{spoiled}: %A{other}"

[<Fact>]
let ``addresses that are none are refused`` () =
    refusals
        (TypeHint.Fixed ObservableType.CryptoAddress)
        [
            // BIP-350's invalid ones: version 1 in Bech32, version 0 in Bech32m, a program of 16 bytes in version 0, mixed case.
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", NormaliseError.CryptoChecksum
            "bc1qr508d6qejxtdg4y5r3zarvaryv98gj9p", NormaliseError.CryptoChecksum
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", NormaliseError.CryptoChecksum
            "bc1", NormaliseError.CryptoChecksum
            // Bitcoin's test network; Monero's.
            "mz2CFDTDad3K4aG8eG4vuNd3cDu1BiG7g6", NormaliseError.CryptoUnknown
            "A2Vyu3Y4BVS3vR9P9DkWV5iT1CVYRZYFdYLEHCbT69cJ4snjCkNKqn6h3UPn6DBQQajGoJSRT9R8Kj54hyGzfGF47mgpbs1",
            NormaliseError.CryptoUnknown
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", NormaliseError.CryptoUnknown
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed", NormaliseError.CryptoChecksum
            "wallet", NormaliseError.CryptoUnknown
            String.replicate 200 "1", NormaliseError.CryptoUnknown
            "1111111111111111111111111111111111", NormaliseError.CryptoChecksum
            "bitcoin:", NormaliseError.CryptoUnknown
            "0", NormaliseError.CryptoUnknown
        ]
