" senc.vim - colours of .sen texts in Vim. Language: docs/language.md of senc.
if exists('b:current_syntax')
    finish
endif

syntax keyword sencKeyword import param block network input output labels from return assert
syntax keyword sencConditional if else
syntax keyword sencRepeat for
syntax keyword sencOperator and or not
syntax keyword sencIn in
syntax keyword sencBoolean true false
syntax keyword sencChoice global valid same avg max nearest bilinear bicubic
syntax keyword sencType f32
syntax keyword sencLayer conv depthwise conv_transpose linear bn batchnorm se prelu parameter softmax log_softmax
syntax keyword sencLayer relu relu6 leaky_relu sigmoid hard_sigmoid tanh silu hard_swish gelu elu clip
syntax keyword sencLayer exp log erf neg sign reciprocal softplus softsign mish selu celu thresholded_relu shrink
syntax keyword sencLayer transpose rearrange depth_to_space space_to_depth pixel_shuffle pixel_unshuffle take
syntax keyword sencLayer resample mean sum prod amax amin argmax argmin
syntax keyword sencLayer resize instance_norm layer_norm group_norm lrn
syntax keyword sencLayer maxpool avgpool add sub mul div pow concat flatten reshape slice split channel_shuffle
syntax keyword sencLayer upsample pad crop dropout identity
syntax keyword sencFunction channels height width rank length ceil floor round int float abs sqrt min
syntax keyword sencFunction make_divisible

syntax match sencArrow '->'
syntax match sencNumber '\<\d\+\(\.\d\+\)\?\([eE][+-]\?\d\+\)\?\>'
syntax match sencLabel '@\([A-Za-z0-9_.]\|{[^}]*}\)\+' contains=sencInterpolation
syntax match sencInterpolation '{[^}]*}' contained
syntax region sencString start='"' skip='\\.' end='"' oneline
syntax keyword sencTodo TODO FIXME contained
syntax match sencComment '#.*$' contains=sencTodo

highlight default link sencKeyword Statement
highlight default link sencConditional Conditional
highlight default link sencRepeat Repeat
highlight default link sencOperator Operator
highlight default link sencArrow Operator
highlight default link sencIn Special
highlight default link sencBoolean Boolean
highlight default link sencChoice Constant
highlight default link sencType Type
highlight default link sencLayer Function
highlight default link sencFunction Identifier
highlight default link sencNumber Number
highlight default link sencLabel PreProc
highlight default link sencInterpolation Special
highlight default link sencString String
highlight default link sencTodo Todo
highlight default link sencComment Comment

let b:current_syntax = 'senc'
