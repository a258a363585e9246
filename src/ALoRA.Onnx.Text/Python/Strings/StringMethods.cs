using System.Collections.Frozen;
using System.Text;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Formatting;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Strings;

/// <summary>The methods of Python's <c>str</c>.</summary>
internal static class StringMethods
{
    private static readonly FrozenDictionary<string, Func<IEvaluation, string, Arguments, object?>> Methods =
        new Dictionary<string, Func<IEvaluation, string, Arguments, object?>>
        {
            ["capitalize"] = NoArguments("capitalize", TextCase.Capitalize),
            ["casefold"] = NoArguments("casefold", TextCase.Fold),
            ["center"] = (r, text, a) => TextPad.Justify(text, a, "center", r.Budget),
            ["count"] = (_, text, a) => TextSearch.Count(text, a),
            ["encode"] = Encode,
            ["endswith"] = (_, text, a) => TextSearch.Affix(text, a, "endswith", atStart: false),
            ["expandtabs"] = (r, text, a) => TextPad.ExpandTabs(text, a, r.Budget),
            ["find"] = (_, text, a) => TextSearch.Find(text, a, "find", last: false, required: false),
            ["format"] = (r, text, a) => FormatMethod.Apply(text, a, escapes: false, r.Budget),
            ["format_map"] = (r, text, a) => FormatMethod.ApplyMap(text, a, escapes: false, r.Budget),
            ["index"] = (_, text, a) => TextSearch.Find(text, a, "index", last: false, required: true),
            ["isalnum"] = Predicate("isalnum", text => TextPredicates.All(text, CharacterClass.IsAlphanumeric)),
            ["isalpha"] = Predicate("isalpha", text => TextPredicates.All(text, CharacterClass.IsAlphabetic)),
            ["isascii"] = Predicate("isascii", text => Ascii.IsValid(text)),
            ["isdecimal"] = Predicate("isdecimal", text => TextPredicates.All(text, CharacterClass.IsDecimal)),
            ["isdigit"] = Predicate("isdigit", text => TextPredicates.All(text, CharacterClass.IsDigit)),
            ["isidentifier"] = Predicate("isidentifier", TextPredicates.IsIdentifier),
            ["islower"] = Predicate("islower", text => TextPredicates.IsCase(text, TextCase.IsLower)),
            ["isnumeric"] = Predicate("isnumeric", text => TextPredicates.All(text, CharacterClass.IsNumeric)),
            ["isprintable"] = Predicate("isprintable", text => text.Length == 0 || TextPredicates.All(text, CharacterClass.IsPrintable)),
            ["isspace"] = Predicate("isspace", text => TextPredicates.All(text, CharacterClass.IsSpace)),
            ["istitle"] = Predicate("istitle", TextPredicates.IsTitle),
            ["isupper"] = Predicate("isupper", text => TextPredicates.IsCase(text, TextCase.IsUpper)),
            ["join"] = Join,
            ["ljust"] = (r, text, a) => TextPad.Justify(text, a, "ljust", r.Budget),
            ["lower"] = NoArguments("lower", TextCase.Lower),
            ["lstrip"] = (_, text, a) => PythonStrip.Left(text, Characters(a, "lstrip")),
            ["maketrans"] = (r, _, a) => TextTranslate.MakeTable(a, r.Budget),
            ["partition"] = (_, text, a) => TextSplit.Partition(text, a, fromRight: false),
            ["removeprefix"] = (_, text, a) => TextReplace.RemoveAffix(text, a, "removeprefix"),
            ["removesuffix"] = (_, text, a) => TextReplace.RemoveAffix(text, a, "removesuffix"),
            ["replace"] = Replace,
            ["rfind"] = (_, text, a) => TextSearch.Find(text, a, "rfind", last: true, required: false),
            ["rindex"] = (_, text, a) => TextSearch.Find(text, a, "rindex", last: true, required: true),
            ["rjust"] = (r, text, a) => TextPad.Justify(text, a, "rjust", r.Budget),
            ["rpartition"] = (_, text, a) => TextSplit.Partition(text, a, fromRight: true),
            ["rsplit"] = (r, text, a) => TextSplit.Split(text, a, fromRight: true, r.Budget),
            ["rstrip"] = (_, text, a) => PythonStrip.Right(text, Characters(a, "rstrip")),
            ["split"] = (r, text, a) => TextSplit.Split(text, a, fromRight: false, r.Budget),
            ["splitlines"] = (_, text, a) => TextSplit.Lines(text, a),
            ["startswith"] = (_, text, a) => TextSearch.Affix(text, a, "startswith", atStart: true),
            ["strip"] = (_, text, a) => PythonStrip.Strip(text, Characters(a, "strip")),
            ["swapcase"] = NoArguments("swapcase", TextCase.Swap),
            ["title"] = NoArguments("title", TextCase.Title),
            ["translate"] = (r, text, a) => TextTranslate.Translate(text, a, r.Budget),
            ["upper"] = NoArguments("upper", TextCase.Upper),
            ["zfill"] = (r, text, a) => TextPad.ZeroFill(text, a, r.Budget),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>A method bound to its text; false where <c>str</c> has none of this name.</summary>
    public static bool TryGet(string text, string name, out object? method)
    {
        bool found = Methods.TryGetValue(name, out Func<IEvaluation, string, Arguments, object?>? body);
        method = found ? new BuiltinFunction(name, (evaluation, arguments) => Call(evaluation, body!, text, arguments)) : null;
        return found;
    }

    private static object? Call(
        IEvaluation evaluation, Func<IEvaluation, string, Arguments, object?> body, string text, Arguments arguments)
    {
        evaluation.Budget.Elements(text.Length >> 4);
        return body(evaluation, text, arguments);
    }

    private static Func<IEvaluation, string, Arguments, object?> NoArguments(string name, Func<string, string> map) => (r, text, a) =>
    {
        a.BindPositional(name, 0, 0);
        r.Budget.Characters(text.Length);
        return map(text);
    };

    private static Func<IEvaluation, string, Arguments, object?> Predicate(string name, Func<string, bool> test) => (_, text, arguments) =>
    {
        arguments.BindPositional(name, 0, 0);
        return test(text);
    };

    private static string? Characters(Arguments arguments, string function)
    {
        object? argument = arguments.BindPositional(function, 0, 1)[0];
        return MissingValue.Is(argument) || argument is null
            ? null
            : PythonText.Of(argument) ?? throw TemplateFailure.Type($"{function} arg must be None or str");
    }

    private static BytesValue Encode(IEvaluation evaluation, string text, Arguments arguments)
    {
        object?[] bound = arguments.Bind("encode", 0, "encoding", "errors");
        evaluation.Budget.Characters(text.Length * 3L);
        return new BytesValue(TextEncoding.Encode(text, bound[0], bound[1]));
    }

    private static string Join(IEvaluation evaluation, string text, Arguments arguments) =>
        TextReplace.Join(text, arguments.BindPositional("join", 1, 1)[0], evaluation.Budget);

    private static string Replace(IEvaluation evaluation, string text, Arguments arguments)
    {
        object?[] bound = arguments.BindPositional("replace", 2, 3);
        string old = PythonText.Of(bound[0])
            ?? throw TemplateFailure.Type($"replace() argument 1 must be str, not {PythonType.NameOf(bound[0])}");
        string replacement = PythonText.Of(bound[1])
            ?? throw TemplateFailure.Type($"replace() argument 2 must be str, not {PythonType.NameOf(bound[1])}");
        int count = MissingValue.Is(bound[2]) ? -1 : PythonInteger.Index(bound[2], "replace");
        return TextReplace.Replace(text, old, replacement, count, evaluation.Budget);
    }
}
