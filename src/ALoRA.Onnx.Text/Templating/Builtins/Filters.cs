using System.Collections.Frozen;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Rendering;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>Jinja's filters: <c>value | name</c>, with <c>tojson</c> as Transformers defines it.</summary>
internal static class Filters
{
    private static readonly FrozenDictionary<string, Func<RenderState, object?, Arguments, object?>> All =
        new Dictionary<string, Func<RenderState, object?, Arguments, object?>>
        {
            ["abs"] = NumberFilters.Abs,
            ["attr"] = MappingFilters.Attribute,
            ["batch"] = SequenceFilters.Batch,
            ["capitalize"] = TextFilters.Method("capitalize"),
            ["center"] = TextFilters.Center,
            ["count"] = SequenceFilters.Length,
            ["d"] = Default,
            ["default"] = Default,
            ["dictsort"] = MappingFilters.DictSort,
            ["e"] = MarkupFilters.Escape,
            ["escape"] = MarkupFilters.Escape,
            ["filesizeformat"] = NumberFilters.FileSize,
            ["first"] = SequenceFilters.First,
            ["float"] = NumberFilters.Float,
            ["forceescape"] = MarkupFilters.ForceEscape,
            ["format"] = TextFilters.Format,
            ["groupby"] = OrderFilters.GroupBy,
            ["indent"] = TextFilters.Indent,
            ["int"] = NumberFilters.Integer,
            ["items"] = MappingFilters.Items,
            ["join"] = TextFilters.Join,
            ["last"] = SequenceFilters.Last,
            ["length"] = SequenceFilters.Length,
            ["list"] = SequenceFilters.List,
            ["lower"] = TextFilters.Method("lower"),
            ["map"] = SelectFilters.Map,
            ["max"] = OrderFilters.Max,
            ["min"] = OrderFilters.Min,
            ["pprint"] = PrettyPrinter.Apply,
            ["random"] = SequenceFilters.Random,
            ["reject"] = SelectFilters.Reject,
            ["rejectattr"] = SelectFilters.RejectAttribute,
            ["replace"] = TextFilters.Replace,
            ["reverse"] = SequenceFilters.Reverse,
            ["round"] = NumberFilters.Round,
            ["safe"] = MarkupFilters.Safe,
            ["select"] = SelectFilters.Select,
            ["selectattr"] = SelectFilters.SelectAttribute,
            ["slice"] = SequenceFilters.Slice,
            ["sort"] = OrderFilters.Sort,
            ["string"] = TextFilters.String,
            ["striptags"] = MarkupFilters.StripTags,
            ["sum"] = NumberFilters.Sum,
            ["title"] = TextFilters.Title,
            ["tojson"] = JsonFilter.Apply,
            ["trim"] = TextFilters.Trim,
            ["truncate"] = TextFilters.Truncate,
            ["unique"] = OrderFilters.Unique,
            ["upper"] = TextFilters.Method("upper"),
            ["urlencode"] = MarkupFilters.UrlEncode,
            ["urlize"] = Urlize.Apply,
            ["wordcount"] = TextFilters.WordCount,
            ["wordwrap"] = WordWrap.Apply,
            ["xmlattr"] = MarkupFilters.XmlAttributes,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static bool Has(string name) => All.ContainsKey(name);

    /// <summary>Applies a filter; a name that is unknown fails only here where a condition let it through parsing.</summary>
    public static object? Call(RenderState state, string name, object? value, Arguments arguments) =>
        All.TryGetValue(name, out Func<RenderState, object?, Arguments, object?>? filter)
            ? filter(state, value, arguments)
            : throw TemplateFailure.Runtime($"No filter named '{name}' found.");

    private static object? Default(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("default", 0, "default_value", "boolean");
        bool boolean = !MissingValue.Is(bound[1]) && PythonTruth.Of(bound[1]);
        bool replaces = value is UndefinedValue || (boolean && !PythonTruth.Of(value));
        return !replaces ? value : MissingValue.Is(bound[0]) ? "" : bound[0];
    }
}
