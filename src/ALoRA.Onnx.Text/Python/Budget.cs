using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python;

/// <summary>
/// What one rendering may still spend.
/// Everything that evaluates, iterates or allocates in proportion to the template's wishes charges here first.
/// </summary>
/// <param name="maxSteps">How many steps there are; <see cref="Grant"/> adds to them.</param>
/// <param name="maxLength">Longest text in UTF-16 code units.</param>
internal sealed class Budget(long maxSteps = Budget.DefaultMaxSteps, int maxLength = Budget.DefaultMaxLength)
{
    public const long DefaultMaxSteps = 20_000_000;
    public const int DefaultMaxLength = 1 << 24;

    private readonly long _maxSteps = maxSteps;
    private readonly int _maxLength = maxLength;
    private long _steps = maxSteps;

    public void Step() => Elements(1);

    /// <summary>Adds what a variable's value warrants: long conversations take more work, however cheap their template is.</summary>
    public void Grant(int characters) => _steps += 64 + (16L * characters);

    /// <summary>Charges elements that are visited or about to be allocated.</summary>
    public void Elements(long count)
    {
        _steps -= count;
        if (_steps < 0 || count < 0 || count > Array.MaxLength)
        {
            _steps = 0;
            throw TemplateFailure.Limit($"the rendering takes more than {_maxSteps} steps (MaxSteps)");
        }
    }

    /// <summary>Charges a text that is about to be allocated.</summary>
    public void Characters(long length) => Growth(0, length);

    /// <summary>Charges what is about to be appended to a text of the given length.</summary>
    public void Growth(long length, long added)
    {
        if (length + added > _maxLength || added < 0)
        {
            throw TemplateFailure.Limit($"a text grows beyond {_maxLength} characters (MaxLength)");
        }

        Elements(added >> 2);
    }
}
