using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python;

/// <summary>
/// What one rendering may still spend. Everything that evaluates, iterates or allocates in proportion to the template's wishes charges
/// here first.
/// </summary>
internal sealed class Budget(ChatTemplateOptions options)
{
    private long _steps = options.MaxSteps;

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
            throw TemplateFailure.Limit($"the rendering takes more than {options.MaxSteps} steps (MaxSteps)");
        }
    }

    /// <summary>Charges a text that is about to be allocated.</summary>
    public void Characters(long length) => Growth(0, length);

    /// <summary>Charges what is about to be appended to a text of the given length.</summary>
    public void Growth(long length, long added)
    {
        if (length + added > options.MaxLength || added < 0)
        {
            throw TemplateFailure.Limit($"a text grows beyond {options.MaxLength} characters (MaxLength)");
        }

        Elements(added >> 2);
    }
}
