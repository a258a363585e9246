using System.Text;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Builtins;
using ALoRA.Onnx.Templating.Scoping;
using ALoRA.Onnx.Templating.Syntax.Nodes;

namespace ALoRA.Onnx.Templating.Rendering;

/// <summary>One rendering of a template: walks its statements and writes text. Used once, by one thread.</summary>
internal sealed partial class Renderer
{
    private readonly TemplateRoot _template;
    private readonly DictValue _variables;
    private readonly Globals _globals;
    private readonly int _maxDepth;
    private StringBuilder _output = new();
    private Frame _frame;
    private DictValue? _blockVariables;
    private int _depth;

    public Renderer(TemplateRoot template, DictValue variables, ChatTemplateOptions options, Budget budget)
    {
        _template = template;
        _variables = variables;
        _maxDepth = options.MaxDepth;
        _globals = new Globals(options);
        _frame = new Frame(template.Scope, null);
        Budget = budget;
    }

    public Budget Budget { get; }

    /// <summary>The line of the statement being rendered.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>True inside <c>{% autoescape true %}</c>.</summary>
    public bool Autoescape { get; private set; }

    public string Render()
    {
        Start(_frame);
        SetSelf(_frame);
        Execute(_template.Body);
        return _output.ToString();
    }

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

    private Frame Enter(ScopeLayout layout)
    {
        Frame frame = new(layout, _frame);
        _frame = frame;
        Start(frame);
        return frame;
    }

    /// <summary>Gives a scope's variables their first values; again at each pass of a loop.</summary>
    private void Start(Frame frame)
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
    private void Leave(Frame frame)
    {
        Array.Fill(frame.Slots, MissingValue.Instance);
        _frame = frame.Parent!;
    }

    private object? Resolve(string name)
    {
        if ((_blockVariables is not null && _blockVariables.TryGet(name, out object? value)) || _variables.TryGet(name, out value))
        {
            return value;
        }

        return _globals.Find(name);
    }

    private void SetSelf(Frame frame)
    {
        int self = Array.IndexOf(frame.Layout.Names, "self");
        if (self >= 0 && frame.Layout.Starts[self].Kind == SlotStartKind.Parameter)
        {
            frame.Slots[self] = new TemplateReference(_template.Blocks);
        }
    }

    private void Write(string text)
    {
        Budget.Growth(_output.Length, text.Length);
        _output.Append(text);
    }

    private StringBuilder BeginCapture()
    {
        StringBuilder outer = _output;
        _output = new StringBuilder();
        return outer;
    }

    private string EndCapture(StringBuilder outer)
    {
        string text = _output.ToString();
        _output = outer;
        return text;
    }
}
