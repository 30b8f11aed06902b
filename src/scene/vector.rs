//! Arithmetic of three numbers.

/// A point or a direction in model space: x along `a`, y along `b`, z up.
pub type Vector = [f64; 3];

/// u + s·v.
pub fn along(u: Vector, s: f64, v: Vector) -> Vector {
    [u[0] + s * v[0], u[1] + s * v[1], u[2] + s * v[2]]
}

/// u − v.
pub fn minus(u: Vector, v: Vector) -> Vector {
    along(u, -1.0, v)
}

pub fn dot(u: Vector, v: Vector) -> f64 {
    u[0] * v[0] + u[1] * v[1] + u[2] * v[2]
}

pub fn cross(u: Vector, v: Vector) -> Vector {
    [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]
}

/// v at length 1.
pub fn unit(v: Vector) -> Vector {
    let length = dot(v, v).sqrt();
    v.map(|x| x / length)
}
