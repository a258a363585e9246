using System.Text;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Builtins;
using ALoRA.Onnx.Templating.Scoping;

namespace ALoRA.Onnx.Templating.Rendering;

/// <summary>Where one rendering is: the scope it is in, the text it writes, what it may still spend. Used once, by one thread.</summary>
internal sealed class RenderState(ScopeLayout scope, DictValue variables, ChatTemplateOptions options, Budget budget) : IEvaluation
{
    private readonly Globals _globals = new(options);
    private readonly int _maxDepth = options.MaxDepth;
    private StringBuilder _output = new();
    private int _depth;

    public Budget Budget { get; } = budget;

    /// <summary>The line of the statement being rendered.</summary>
    public int Line { get; set; } = 1;

    /// <summary>
    /// Whether what runs now was called within <c>{% autoescape true %}</c>: what filters go by, and whether the text of a macro or a
    /// captured block is safe.
    /// </summary>
    public bool Autoescape { get; set; }

    /// <summary>Whether the template's text around the statement being rendered says that output is escaped.</summary>
    public Escaping Escaping { get; set; }

    /// <summary>Whether output is escaped here.</summary>
    public bool EscapesOutput => Escapes(Escaping);

    /// <summary>The innermost scope.</summary>
    public Frame Frame { get; set; } = new(scope, null);

    /// <summary>Inside a block, what the scopes outside of it hold.</summary>
    public DictValue? BlockVariables { get; set; }

    /// <summary>What was written and not captured.</summary>
    public string Text => _output.ToString();

    /// <summary>Charges a call's nesting; <see cref="LeaveCall"/> takes it back.</summary>
    public void EnterCall()
    {
        if (++_depth > _maxDepth)
        {
            throw TemplateFailure.Limit(
                $"maximum recursion depth exceeded: macros and loops call each other more than {_maxDepth} deep (MaxDepth)");
        }

        StackGuard.Check();
    }

    public void LeaveCall() => _depth--;

    public Frame Enter(ScopeLayout layout)
    {
        Frame frame = new(layout, Frame);
        Frame = frame;
        Start(frame);
        return frame;
    }

    /// <summary>Gives a scope's variables their first values; again at each pass of a loop.</summary>
    public void Start(Frame frame)
    {
        SlotStart[] starts = frame.Layout.Starts;
        for (int i = 0; i < starts.Length; i++)
        {
            frame.Slots[i] = starts[i].Kind switch
            {
                SlotStartKind.Resolve => Resolve(frame.Layout.Names[i]),
                SlotStartKind.Copy => frame.Outer(starts[i].OuterDepth).Slots[starts[i].OuterSlot],
                _ => MissingValue.Instance,
            };
        }
    }

    /// <summary>Leaves the scope; closures that outlive it find its variables missing.</summary>
    public void Leave(Frame frame)
    {
        Array.Fill(frame.Slots, MissingValue.Instance);
        Frame = frame.Parent!;
    }

    public void Write(string text)
    {
        Budget.Growth(_output.Length, text.Length);
        _output.Append(text);
    }

    /// <summary>What is written goes apart until <see cref="EndCapture"/> gets what this gave.</summary>
    public StringBuilder BeginCapture()
    {
        StringBuilder outer = _output;
        _output = new StringBuilder();
        return outer;
    }

    public string EndCapture(StringBuilder outer)
    {
        string text = _output.ToString();
        _output = outer;
        return text;
    }

    /// <summary>Whether output is escaped at a place of the template.</summary>
    public bool Escapes(Escaping place) => place == Escaping.Always || (place == Escaping.AsCalled && Autoescape);

    private object? Resolve(string name)
    {
        if ((BlockVariables is not null && BlockVariables.TryGet(name, out object? value)) || variables.TryGet(name, out value))
        {
            return value;
        }

        return _globals.Find(name);
    }
}

/// <summary>What the text of a template says about output at a place; macros and blocks go by the place where they are written.</summary>
internal enum Escaping
{
    /// <summary>It is not escaped.</summary>
    Never,

    /// <summary>It is escaped: <c>{% autoescape true %}</c>.</summary>
    Always,

    /// <summary>The text leaves it to a variable, so that whoever calls decides: <c>{% autoescape html %}</c>.</summary>
    AsCalled,
}
