using System.Globalization;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>The <c>attribute</c> argument of filters: a dotted path whose numeric parts are positions, or one key.</summary>
internal sealed class AttributePath
{
    private readonly object?[] _parts;
    private readonly object? _default;
    private readonly Budget _budget;

    private AttributePath(object?[] parts, object? defaultValue, Budget budget)
    {
        _parts = parts;
        _default = defaultValue;
        _budget = budget;
    }

    public static AttributePath Parse(object? attribute, Budget budget, object? defaultValue = null) => attribute switch
    {
        null => new([], defaultValue, budget),
        string or MarkupValue => new(Array.ConvertAll(PythonText.Of(attribute)!.Split('.'), Part), defaultValue, budget),
        _ => new([attribute], defaultValue, budget),
    };

    /// <summary>Several paths with commas between, as <c>sort</c> takes them.</summary>
    public static AttributePath[] ParseMany(object? attribute, Budget budget) => PythonText.Of(attribute) is string text
        ? Array.ConvertAll(text.Split(','), part => Parse(part, budget))
        : [Parse(attribute, budget)];

    public object? Get(object? item)
    {
        foreach (object? part in _parts)
        {
            _budget.Step();
            item = PythonAttribute.GetItem(item, part, _budget);
            item = _default is not null && item is UndefinedValue ? _default : item;
        }

        return item;
    }

    private static object? Part(string part) =>
        part.Length > 0 && part.All(char.IsAsciiDigit)
            && long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out long position) ? position : part;
}
