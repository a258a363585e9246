using ALoRA.Onnx.Files;

namespace ALoRA.Onnx;

/// <summary>A number of <see cref="GenerationOptions"/> that says how tokens are chosen. Immutable, thread-safe.</summary>
/// <remarks>
/// Whatever reads such numbers goes through <see cref="GenerationParameters.All"/>: <c>generation_config.json</c>, an intrinsic's
/// <c>io.yaml</c>, the tool's flags, the chat client.
/// </remarks>
public sealed class GenerationParameter
{
    private readonly string _property;
    private readonly Func<double, bool> _isInRange;
    private readonly Func<GenerationOptions, double?> _get;
    private readonly Func<GenerationOptions, double, GenerationOptions> _set;

    internal GenerationParameter(
        string name,
        string property,
        string summary,
        string range,
        double @default,
        Func<double, bool> isInRange,
        Func<GenerationOptions, double?> get,
        Func<GenerationOptions, double, GenerationOptions> set,
        bool isInteger = false)
    {
        Name = name;
        _property = property;
        Summary = summary;
        Range = range;
        Default = @default;
        IsInteger = isInteger;
        _isInRange = isInRange;
        _get = get;
        _set = set;
    }

    /// <summary>The name in files and requests, such as <c>min_p</c>.</summary>
    public string Name { get; }

    /// <summary>What it does, a sentence for people.</summary>
    public string Summary { get; }

    /// <summary>The possible values in words that follow "must be", such as "from 0 to 1".</summary>
    public string Range { get; }

    /// <summary>The value where neither options nor <c>generation_config.json</c> name one.</summary>
    public double Default { get; }

    /// <summary>Whether only whole numbers are possible.</summary>
    public bool IsInteger { get; }

    /// <summary>
    /// Whether it says how one of the tokens left is drawn, so that greedy choice
    /// and <see cref="GenerationOptions.Sampler"/> do without it.
    /// </summary>
    internal bool Draws { get; init; }

    /// <summary>
    /// The value where <c>generation_config.json</c> asks for sampling without naming one,
    /// as in Transformers; null for <see cref="Default"/>.
    /// </summary>
    internal double? DefaultWhenSampling { get; init; }

    /// <summary>Whether a value is possible. It is rounded to what the property holds before.</summary>
    public bool IsInRange(double value) => IsInteger
        ? value == Math.Floor(value) && value is >= int.MinValue and <= int.MaxValue && _isInRange(value)
        : float.IsFinite((float)value) && _isInRange((float)value);

    /// <summary>The value that options name; null if they leave it open.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    public double? Get(GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return _get(options);
    }

    /// <summary>A copy of options with another value; the options stay as they are.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in <see cref="Range"/>.</exception>
    public GenerationOptions Set(GenerationOptions options, double value)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require(value);
        return _set(options, value);
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>Refuses a value that is out of its range.</summary>
    internal void Require(double value) =>
        OptionRange.Require(IsInRange(value), _property, IsInteger ? value : (object)(float)value, Range);

    /// <summary>Refuses the parameter where options name it but something else replaces it.</summary>
    /// <exception cref="ArgumentException">They do.</exception>
    internal void RefuseBeside(GenerationOptions options, string other)
    {
        if (_get(options) is not null)
        {
            throw new ArgumentException(
                $"{_property} has no effect beside {other}, which chooses the tokens itself. Leave one of them out.", _property);
        }
    }
}
