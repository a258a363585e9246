using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>
/// The functions every template can call: Jinja's own, and <c>raise_exception</c> and <c>strftime_now</c> of Transformers.
/// </summary>
internal sealed class Globals(ChatTemplateOptions options)
{
    // The sandbox of Jinja refuses longer ranges.
    private const int MaxRange = 100_000;

    private readonly Dictionary<string, BuiltinFunction> _used = new(StringComparer.Ordinal);

    /// <summary>The global of a name, the same one each time; <see cref="MissingValue"/> where there is none.</summary>
    public object Find(string name)
    {
        if (!_used.TryGetValue(name, out BuiltinFunction? function))
        {
            function = Create(name);
            if (function is null)
            {
                return MissingValue.Instance;
            }

            _used.Add(name, function);
        }

        return function;
    }

    private BuiltinFunction? Create(string name) => name switch
    {
        "range" => new(name, (_, a) => Range(a)),
        "dict" => new(name, (r, a) => DictMethods.Create(a, r.Budget)),
        "namespace" => new(name, (r, a) => new NamespaceValue(DictMethods.Create(a, r.Budget))),
        "cycler" => new(name, (_, a) => Cycler(a)),
        "joiner" => new(name, (_, a) => new JoinerValue(a.Bind(name, 0, "sep")[0] is var sep && MissingValue.Is(sep) ? ", " : sep)),
        "lipsum" => new(name, (r, a) => LoremIpsum.Generate(a, r.Budget)),
        "raise_exception" => new(name, Raise),
        "strftime_now" => new(name, Now),
        _ => null,
    };

    private static RangeValue Range(Arguments arguments)
    {
        object?[] bound = arguments.BindPositional("range", 1, 3);
        long[] numbers = Array.ConvertAll(Array.FindAll(bound, b => !MissingValue.Is(b)), Number);
        (long start, long stop) = numbers.Length == 1 ? (0, numbers[0]) : (numbers[0], numbers[1]);
        long step = numbers.Length == 3 ? numbers[2] : 1;
        if (step == 0)
        {
            throw TemplateFailure.Value("range() arg 3 must not be zero");
        }

        Int128 distance = step > 0 ? (Int128)stop - start : (Int128)start - stop;
        Int128 length = distance <= 0 ? 0 : (distance + Int128.Abs(step) - 1) / Int128.Abs(step);
        return length > MaxRange
            ? throw TemplateFailure.Overflow($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({MaxRange}).")
            : new RangeValue(start, stop, step, (int)length);
    }

    private static long Number(object? value) => value switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        UndefinedValue undefined => throw undefined.Failure(),
        System.Numerics.BigInteger => throw TemplateFailure.Overflow("Python int too large to convert to C ssize_t"),
        _ => throw TemplateFailure.Type($"'{PythonType.NameOf(value)}' object cannot be interpreted as an integer"),
    };

    private static CyclerValue Cycler(Arguments arguments) =>
        arguments.BindPositional("cycler", 0, arguments.Positional.Length) is { Length: > 0 } items
        ? new CyclerValue(items)
        : throw TemplateFailure.Runtime("at least one item has to be provided");

    private static object? Raise(IEvaluation evaluation, Arguments arguments) =>
        throw new TemplateFailure(
            FailureKind.Raised, TextPrinter.Print(arguments.Bind("raise_exception", 1, "message")[0], evaluation.Budget));

    private string Now(IEvaluation evaluation, Arguments arguments)
    {
        object? format = arguments.Bind("strftime_now", 1, "format")[0];
        string text = PythonText.Of(format)
            ?? throw TemplateFailure.Type($"strftime() argument 1 must be str, not {PythonType.NameOf(format)}");
        return TimeFormat.Format(text, (options.Now ?? options.TimeProvider.GetLocalNow()).DateTime, evaluation.Budget);
    }
}
