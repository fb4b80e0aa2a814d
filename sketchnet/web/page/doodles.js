export class Doodles {}
